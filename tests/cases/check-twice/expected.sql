-- Two checks that say the same are both kept; of two such keys CREATE TABLE makes one.
CREATE TYPE "Mood (now)" AS ENUM ('sad', 'ok');
CREATE TABLE notes (body text);
ALTER TABLE notes ADD CONSTRAINT filled CHECK (body <> '');
ALTER TABLE notes ADD CONSTRAINT said CHECK (body <> '');
-- A parenthesis in the name of a type calls nothing: the default is one value for all rows.
ALTER TABLE notes ADD COLUMN mood "Mood (now)" NOT NULL DEFAULT 'ok';
