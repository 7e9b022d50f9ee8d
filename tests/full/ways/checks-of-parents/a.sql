-- What a new parent checks has to be there before, and what an old one checked must not stay.
CREATE TABLE old_whole (a int NOT NULL, b text, CONSTRAINT short CHECK (length(b) < 9)) PARTITION BY LIST (a);
CREATE TABLE new_whole (a int NOT NULL, b text, CONSTRAINT long CHECK (length(b) > 0)) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF old_whole FOR VALUES IN (1);
CREATE TABLE parent (a int);
CREATE TABLE strict (a int, CONSTRAINT low CHECK (a > -9));
CREATE TABLE child () INHERITS (parent);
