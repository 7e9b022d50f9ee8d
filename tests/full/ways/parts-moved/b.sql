CREATE SCHEMA after;
CREATE TABLE after.whole (id int NOT NULL, note text, new int) PARTITION BY LIST (id);
CREATE TABLE low PARTITION OF after.whole FOR VALUES IN (1, 2);
CREATE TABLE high PARTITION OF after.whole FOR VALUES IN (3, 4);
CREATE TABLE days (day int NOT NULL, note varchar(20)) PARTITION BY RANGE (day);
-- Another table has the place of the first, and the second takes a part of it.
CREATE TABLE days_first PARTITION OF days FOR VALUES FROM (0) TO (8);
CREATE TABLE days_2 PARTITION OF days FOR VALUES FROM (8) TO (20);
CREATE VIEW of_first AS SELECT note FROM days_first;
CREATE VIEW of_second AS SELECT note FROM days_2;
CREATE TABLE parent (id int, note text);
CREATE TABLE child (own int) INHERITS (parent);
