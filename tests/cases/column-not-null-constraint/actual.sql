-- Kept whole from PostgreSQL 18
CREATE TABLE orders (
  id int PRIMARY KEY,
  chosen int NOT NULL,
  other int CONSTRAINT unwanted NOT NULL,
  added int,
  kept int CONSTRAINT own NOT NULL,
  late int NOT NULL,
  told int NOT NULL
);
CREATE TABLE once (was int NOT NULL, by_hand int CONSTRAINT "anything goes" NOT NULL);
ALTER TABLE once RENAME TO renamed;
ALTER TABLE renamed RENAME was TO made_up;
CREATE TABLE whole (a int CONSTRAINT part_of_all NOT NULL) PARTITION BY LIST (a);
CREATE TABLE part (a int NOT NULL);
ALTER TABLE whole ATTACH PARTITION part FOR VALUES IN (1);
