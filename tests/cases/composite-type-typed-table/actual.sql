CREATE TYPE person AS (name text, born integer);
CREATE TABLE people OF person (name NOT NULL);
CREATE TABLE guests OF person;
CREATE VIEW names AS SELECT name FROM people;
CREATE TABLE former (name text, born integer);
INSERT INTO people VALUES ('a', 1);
