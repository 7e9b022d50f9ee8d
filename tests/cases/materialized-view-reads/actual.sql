CREATE TABLE counted (id int);
CREATE FUNCTION many() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM public.counted';
CREATE TABLE t (c varchar(10));
INSERT INTO t VALUES ('a');
-- As a server printed it once: not drift.
CREATE MATERIALIZED VIEW m AS SELECT c, many() AS n FROM t WHERE (c)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]);
