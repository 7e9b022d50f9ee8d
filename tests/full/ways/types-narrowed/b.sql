CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE kept (s state DEFAULT 'new');
