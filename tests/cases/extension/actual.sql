-- What the extension owns is never drift; the column that uses it is.
CREATE TABLE people (id bigint PRIMARY KEY);
