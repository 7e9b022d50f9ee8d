CREATE SCHEMA s;
CREATE TABLE kept (id int PRIMARY KEY, n bigint, note text);
CREATE TABLE turned (id int PRIMARY KEY);
CREATE PUBLICATION listed FOR TABLE kept (id, n, note), turned;
CREATE PUBLICATION filtered FOR TABLE kept WHERE (n > 1);
CREATE PUBLICATION emptied;
CREATE PUBLICATION every FOR TABLES IN SCHEMA s, TABLE kept;
CREATE PUBLICATION options FOR TABLE kept WITH (publish = 'update, insert');
