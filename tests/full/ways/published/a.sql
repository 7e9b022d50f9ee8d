-- What is published, while a table is made anew and a column changes its type.
CREATE SCHEMA s;
CREATE TABLE kept (id int PRIMARY KEY, n int, note text);
CREATE TABLE gone (id int PRIMARY KEY);
CREATE VIEW turned AS SELECT 1 AS id;
CREATE PUBLICATION listed FOR TABLE kept (id, n), gone;
CREATE PUBLICATION filtered FOR TABLE kept WHERE (n > 1);
CREATE PUBLICATION emptied FOR TABLE kept, gone, TABLES IN SCHEMA s;
CREATE PUBLICATION every FOR ALL TABLES;
CREATE PUBLICATION options FOR TABLE kept WITH (publish = 'insert', publish_via_partition_root = true);
INSERT INTO kept VALUES (1, 2, 'x');
