-- A type goes, and the columns of partitions and children take another along with those they inherit.
CREATE TYPE mood AS ENUM ('new', 'done');
CREATE TABLE whole (id int NOT NULL, m mood) PARTITION BY RANGE (id);
CREATE TABLE low PARTITION OF whole FOR VALUES FROM (0) TO (10);
CREATE TABLE high PARTITION OF whole FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
CREATE TABLE high_1 PARTITION OF high FOR VALUES FROM (10) TO (15);
CREATE TABLE parent (m mood);
CREATE TABLE child (own int) INHERITS (parent);
INSERT INTO whole VALUES (1, 'new'), (11, 'done');
INSERT INTO child VALUES ('new', 1);
