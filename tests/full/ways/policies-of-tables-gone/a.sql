-- A column gets another type while a policy of a table that goes reads it.
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (id int, feels mood);
CREATE TABLE notes (id int);
CREATE POLICY happy ON notes USING (EXISTS (SELECT FROM people AS p WHERE p.feels IS NOT NULL));
