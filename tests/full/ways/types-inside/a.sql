CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
CREATE TYPE state AS (feels mood, since date);
CREATE TABLE people (name text, now state, before state[]);
INSERT INTO people VALUES ('x', ROW('ok', '2020-01-01'), ARRAY[ROW('sad', NULL)::state]);
-- The rows are kept without what goes.
CREATE DOMAIN share AS int CHECK (VALUE > 0);
CREATE TABLE parent (a text);
CREATE TABLE child (b share) INHERITS (parent);
