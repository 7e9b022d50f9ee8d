-- An enum loses a label, and is made anew. What else changes at once must be gone before, or come after.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
CREATE TABLE people (name text NOT NULL, feels mood, gone mood);
-- The view needs a column that goes, and then one that comes.
CREATE VIEW shown AS SELECT name, gone AS felt FROM people;
-- The sequence ends with that column, and then with another.
CREATE SEQUENCE counter OWNED BY people.gone;
-- A key holds a column of the type, and is referred to from a column that is new.
CREATE TABLE places (id int, feels mood, CONSTRAINT places_pkey PRIMARY KEY (id) INCLUDE (feels));
CREATE TABLE visits (name text);
-- Its part is new, and so is a view of that.
CREATE TABLE whole (a int NOT NULL, feels mood) PARTITION BY LIST (a);
-- Its rows are kept aside meanwhile.
CREATE TABLE parent (feels mood);
CREATE TABLE child (own mood, plain int) INHERITS (parent);
INSERT INTO people VALUES ('x', 'ok', 'ok');
INSERT INTO child VALUES ('ok', 'sad', 1);
