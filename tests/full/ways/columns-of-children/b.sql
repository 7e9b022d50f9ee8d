-- A parent's default and storage may be its own: a child's are set too.
CREATE DOMAIN share AS int CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE plain (a int, body text, id uuid DEFAULT gen_random_uuid(), n int);
ALTER TABLE plain ALTER body SET STORAGE external;
-- It is computed from what its parent has.
CREATE TABLE child (twice int GENERATED ALWAYS AS (n * 2) STORED) INHERITS (plain);
ALTER TABLE child ALTER body SET STORAGE external;
CREATE TABLE whole (a int NOT NULL, body text, id uuid DEFAULT gen_random_uuid(), s share DEFAULT 81) PARTITION BY LIST (a);
ALTER TABLE whole ALTER body SET STORAGE external;
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
