CREATE TYPE feeling AS ENUM ('sad', 'ok');
CREATE TYPE state AS (feels feeling, n bigint, more text);
CREATE TYPE holder AS (state state, x int);
CREATE TYPE span AS RANGE (subtype = int8);
CREATE DOMAIN small AS int CHECK (VALUE < 100) CONSTRAINT "two
lines" CHECK (VALUE <> 50);
CREATE TYPE priced AS (amount small, unit text);
CREATE TABLE held (a state, b state[], c holder, d span, e priced, f small[]);
CREATE TYPE "new(name)" AS (x int, y text, z date);
CREATE TABLE renamed (value "new(name)");
CREATE TYPE spent AS (n bigint);
