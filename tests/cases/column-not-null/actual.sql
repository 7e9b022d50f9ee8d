-- Rows exist, so a NOT NULL column without a default needs a value for them.
CREATE TABLE filled (id int PRIMARY KEY);
INSERT INTO filled VALUES (1), (2);
CREATE TABLE empty (id int PRIMARY KEY);
-- The table has no rows, but its child has.
CREATE TABLE parent (code int);
CREATE TABLE child () INHERITS (parent);
INSERT INTO child VALUES (1);
