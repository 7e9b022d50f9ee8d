-- A table becomes partitioned, partitions move, others inherit.
CREATE TABLE plain (id serial PRIMARY KEY, day date NOT NULL, note text);
CREATE VIEW over AS SELECT note FROM plain;
CREATE TABLE parts (id int, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE loose (id int, day date NOT NULL);
CREATE TABLE base (a int);
CREATE TABLE heir (a int, b int) INHERITS (base);
INSERT INTO plain (day, note) VALUES ('2020-05-05', 'x'), ('2021-05-05', 'y');
INSERT INTO parts VALUES (1, '2020-03-03');
INSERT INTO loose VALUES (2, '2021-03-03');
