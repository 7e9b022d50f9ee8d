-- The child goes before its parent gets an identity, and a part is there before its whole gets a key.
CREATE TABLE parent ();
CREATE TABLE child (a int) INHERITS (parent);
CREATE SCHEMA old;
CREATE TABLE whole (a int NOT NULL, b text) PARTITION BY RANGE (a);
CREATE TABLE old.part PARTITION OF whole DEFAULT;
-- A part denies NULL before its next whole does.
CREATE TABLE first (a int NOT NULL, b bigint DEFAULT 5) PARTITION BY HASH (a);
CREATE TABLE moved PARTITION OF first FOR VALUES WITH (MODULUS 2, REMAINDER 0);
