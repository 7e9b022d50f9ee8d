-- A partition that leaves its whole, if only for another bound, gets other types by itself.
CREATE SCHEMA old;
CREATE TYPE old.mood AS ENUM ('sad', 'ok');
CREATE TABLE old.whole (a int NOT NULL, b text DEFAULT 'x', feels old.mood) PARTITION BY LIST (a);
CREATE TABLE moved PARTITION OF old.whole FOR VALUES IN (1);
CREATE TABLE stays (a int NOT NULL, b text DEFAULT 'x') PARTITION BY LIST (a);
CREATE TABLE other_bound PARTITION OF stays FOR VALUES IN (3, 4);
CREATE TABLE same_bound PARTITION OF stays FOR VALUES IN (5);
