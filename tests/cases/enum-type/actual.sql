-- A value in the middle is added in place.
CREATE TYPE mood AS ENUM ('sad', 'happy');
-- A value too many cannot be taken away.
CREATE TYPE size AS ENUM ('s', 'm', 'l');
