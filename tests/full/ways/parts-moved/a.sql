-- Partitions get other names, other wholes and other columns; a child loses what its parent loses.
CREATE SCHEMA before;
CREATE TABLE before.whole (id int NOT NULL, note text, gone int) PARTITION BY LIST (id);
CREATE TABLE low PARTITION OF before.whole FOR VALUES IN (1, 2);
CREATE TABLE high PARTITION OF before.whole FOR VALUES IN (3, 4);
CREATE TABLE days (day int NOT NULL, note text) PARTITION BY RANGE (day);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (10);
CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM (10) TO (20);
CREATE VIEW of_first AS SELECT note FROM days_1;
CREATE VIEW of_second AS SELECT note FROM days_2;
CREATE TABLE parent (id int, gone int, note text);
CREATE TABLE child (own int) INHERITS (parent);
INSERT INTO before.whole VALUES (1, 'one', 1), (3, 'three', 3);
INSERT INTO days VALUES (5, 'five'), (15, 'fifteen');
INSERT INTO child VALUES (1, 2, 'x', 3);
