-- What it calls reads a table of which the catalog knows nothing: it is compared without being run.
CREATE TABLE counted (id int);
CREATE FUNCTION many() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM public.counted';
CREATE TABLE t (c varchar(10));
INSERT INTO t VALUES ('a');
CREATE MATERIALIZED VIEW m AS SELECT c, many() AS n FROM t WHERE c IN ('a', 'b');
