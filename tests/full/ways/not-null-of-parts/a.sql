-- A part, and a child's child, keep NOT NULL when what they have it from lets go of it.
CREATE TABLE whole (k int, v int NOT NULL) PARTITION BY LIST (k);
CREATE TABLE part_1 PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE part_2 PARTITION OF whole FOR VALUES IN (2);
INSERT INTO whole VALUES (1, 1), (2, 2);
CREATE TABLE parent (p int NOT NULL);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE grandchild () INHERITS (child);
INSERT INTO grandchild VALUES (1);
