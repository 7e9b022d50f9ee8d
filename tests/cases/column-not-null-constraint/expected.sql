-- Needs PostgreSQL 18
CREATE TABLE orders (
  id int PRIMARY KEY,
  chosen int CONSTRAINT "must be given" NOT NULL,
  other int CONSTRAINT wanted NOT NULL,
  added int CONSTRAINT brought NOT NULL,
  kept int CONSTRAINT own NOT NULL NO INHERIT,
  late int,
  told int NOT NULL
);
ALTER TABLE orders ADD CONSTRAINT someday NOT NULL late NOT VALID;
COMMENT ON CONSTRAINT orders_told_not_null ON orders IS 'why';
-- Nobody chose the names that a server made up: not drift.
CREATE TABLE renamed (made_up int NOT NULL, by_hand int NOT NULL);
-- What is inherited has its parent's: not drift.
CREATE TABLE whole (a int CONSTRAINT part_of_all NOT NULL) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
