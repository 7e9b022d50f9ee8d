-- Needs PostgreSQL 18
-- NOT NULL where it is a constraint: added for new rows, then validated.
CREATE TABLE t (a int, b int, c int, d int CHECK (d > 0), "Odd ""name" int);
-- The name that a server would make up belongs to something else.
ALTER TABLE t ADD CONSTRAINT t_d_not_null CHECK (d IS NOT NULL);
-- There, and not valid: validated.
ALTER TABLE t ADD CONSTRAINT waits NOT NULL c NOT VALID;
INSERT INTO t VALUES (1, 1, 1, 1, 1);
CREATE TABLE whole (k int, v int) PARTITION BY LIST (k);
CREATE TABLE part_1 PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE part_2 PARTITION OF whole FOR VALUES IN (2);
-- A part that is ahead of its whole, and one whose constraint waits.
ALTER TABLE part_1 ADD CONSTRAINT ahead NOT NULL v;
ALTER TABLE part_2 ADD CONSTRAINT later NOT NULL v NOT VALID;
INSERT INTO whole VALUES (1, 1), (2, 2);
CREATE TABLE parent (p int);
CREATE TABLE child (q int) INHERITS (parent);
INSERT INTO child VALUES (1, 2);
