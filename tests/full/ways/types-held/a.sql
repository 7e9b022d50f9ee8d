-- Columns hold values of types whose parts get another type, and which are made of others.
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE state AS (feels mood, n numeric, gone int);
CREATE TYPE holder AS (state state, x int);
CREATE TYPE span AS RANGE (subtype = int4);
CREATE DOMAIN small AS int CHECK (VALUE < 100);
CREATE TYPE priced AS (amount small, unit text);
CREATE TABLE held (a state, b state[], c holder, d span, e priced, f small[]);
INSERT INTO held VALUES (ROW('ok', 1, 2), ARRAY[ROW('sad', 3, 4), NULL]::state[], ROW(ROW('ok', NULL, NULL), 5), '[6,8)', ROW(9, 'kg'), '{10}');
-- One that is there under another name, with one more part.
CREATE TYPE "old(name)" AS (x int, y text);
CREATE TABLE renamed (value "old(name)");
INSERT INTO renamed VALUES (ROW(1, 'two')), (NULL), (ROW(NULL, NULL));
-- Its columns are in a table that goes.
CREATE SCHEMA away;
CREATE TYPE spent AS (n int);
CREATE TABLE away.spent (value spent);
