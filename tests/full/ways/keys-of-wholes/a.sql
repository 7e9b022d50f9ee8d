-- Needs PostgreSQL 18
-- NOT NULL goes with the key from the whole first, and only then from a part with a lesser name.
CREATE TABLE whole (a int NOT NULL, b text, c uuid) PARTITION BY LIST (a);
CREATE SCHEMA early;
CREATE TABLE early.part PARTITION OF whole FOR VALUES IN (1);
-- A virtual column of a table with a check gets no other expression.
CREATE TABLE computed (a int, b int, v int GENERATED ALWAYS AS (a + 1) VIRTUAL, CONSTRAINT said CHECK (b > 0) NOT ENFORCED);
