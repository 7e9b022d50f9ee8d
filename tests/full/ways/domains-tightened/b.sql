CREATE DOMAIN label AS text NOT NULL CHECK (VALUE <> '');
CREATE TABLE noted (id int);
