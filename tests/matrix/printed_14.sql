-- Needs PostgreSQL 14
-- Bodies in the standard's syntax, which the server parses and prints itself.
CREATE TABLE t (id int PRIMARY KEY, a int, b text, d timestamptz, e date, h int[]);
CREATE FUNCTION one(x int DEFAULT 1) RETURNS int LANGUAGE sql RETURN x + 1;
CREATE FUNCTION many(x int) RETURNS SETOF t LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT * FROM t WHERE a IN (1, 2, x) AND b LIKE 'a%' AND extract(year FROM e) > 2000 AND (d AT TIME ZONE 'UTC') > '2020-01-01';
END;
CREATE FUNCTION flags() RETURNS TABLE (yes boolean, n bigint) LANGUAGE sql
BEGIN ATOMIC
  SELECT EXISTS (SELECT true FROM t), count(*) FILTER (WHERE a > 1) FROM t;
  WITH q AS (SELECT id FROM t WHERE a BETWEEN 1 AND 2) SELECT true, count(*) FROM q JOIN t USING (id);
END;
CREATE PROCEDURE write(x int, y text) LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO t (id, a, b) VALUES (x, 1, trim(y)) ON CONFLICT (id) DO UPDATE SET b = excluded.b WHERE t.a > 1;
  UPDATE t SET a = a + 1, b = upper(b) WHERE id = x;
  DELETE FROM t USING (SELECT 1 AS one) o WHERE t.a = o.one AND t.id IN (SELECT id FROM t);
END;
CREATE FUNCTION outs(x int, OUT y int, INOUT z text) LANGUAGE sql RETURN ROW(x, 'z'::text);
CREATE PROCEDURE gives(x int, OUT y int) LANGUAGE plpgsql AS 'BEGIN y := 1; END';
CREATE TYPE range AS RANGE (SUBTYPE = float8);
CREATE TABLE ranges (r int4multirange DEFAULT '{[1,2]}', s text COMPRESSION pglz, CHECK (r @> 1));
CREATE VIEW searched AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5)
  SEARCH DEPTH FIRST BY n SET ord CYCLE n SET stop USING path SELECT n, stop FROM r ORDER BY ord;
CREATE VIEW aliased AS SELECT j.id FROM (t JOIN ranges ON true) AS j;
CREATE VIEW sub AS SELECT h[1] AS one, d AT TIME ZONE 'UTC' AS u FROM t GROUP BY DISTINCT ROLLUP (h, d);
