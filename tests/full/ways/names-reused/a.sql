-- What goes and what comes want the same names, of indexes and of constraints.
CREATE TABLE old (id int CONSTRAINT things_pkey PRIMARY KEY, n int, gone text);
CREATE INDEX things_n ON old (n);
CREATE TABLE keyed (a int, b int, c int, CONSTRAINT keyed_key UNIQUE (a, b), CONSTRAINT keyed_pkey PRIMARY KEY (b, c));
CREATE VIEW shown AS SELECT n FROM old;
INSERT INTO keyed VALUES (1, 2, 3), (4, 5, 6);
