CREATE TYPE person AS (name text, born integer, mail text, seen integer);
CREATE TABLE people OF person (name NOT NULL, seen DEFAULT 0);
CREATE TABLE guests OF person;
CREATE VIEW names AS SELECT name FROM people;
-- The same columns, of no type: not drift.
CREATE TABLE former (name text, born integer);
