CREATE TABLE things (id int CONSTRAINT things_pkey PRIMARY KEY, n int);
CREATE INDEX things_n ON things (n);
-- The column that a key rests upon goes, and the key of that name rests upon another.
CREATE TABLE keyed (b int, x int, CONSTRAINT keyed_key UNIQUE (x, b));
CREATE VIEW shown AS SELECT n FROM things;
