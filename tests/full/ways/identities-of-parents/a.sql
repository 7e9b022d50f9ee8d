-- To tables that inherit, and before 17 to partitions, a column with an identity comes in three steps.
CREATE TABLE parent (a int);
CREATE TABLE child (b int) INHERITS (parent);
CREATE TABLE whole (a int NOT NULL) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
