-- Expressions that servers print each in their own way, everywhere where a server
-- prints one: nothing of it may drift from version to version.
CREATE SEQUENCE z_seq;
CREATE SCHEMA printed;
SET search_path = printed, public;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN amount AS numeric(10, 2) CHECK (VALUE >= 0 AND VALUE IN (0, 1, 2.5)) CHECK (VALUE BETWEEN 0 AND 10);
CREATE DOMAIN code AS varchar(10) DEFAULT 'x' CHECK (VALUE IN ('a', 'b') OR trim(VALUE) = 'c') CHECK (substring(VALUE FROM 1 FOR 2) <> 'zz');
CREATE TABLE t (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant uuid NOT NULL,
  a int NOT NULL DEFAULT 1 + 2,
  b text COLLATE "C" DEFAULT upper('x') || 'y',
  c varchar(20) DEFAULT 'v'::varchar CHECK (c IN ('a', 'b', 'c')),
  d timestamptz DEFAULT (now() AT TIME ZONE 'UTC') + interval '1 day 2 hours',
  e date DEFAULT (CURRENT_DATE - 7),
  f numeric DEFAULT 1e3 CHECK (f > .5 AND f < 1e10),
  g jsonb DEFAULT '{}'::jsonb CHECK (jsonb_typeof(g) = 'object' AND (g ->> 'k') IS DISTINCT FROM 'v'),
  h int[] DEFAULT '{1,2}'::int[] CHECK (array_length(h, 1) BETWEEN 1 AND 3),
  i mood DEFAULT 'ok' CHECK (i = ANY (ARRAY['ok', 'happy']::mood[])),
  j interval DEFAULT '1 hour' CHECK (j > interval '0'),
  k text CHECK (k ~ '^[a-z]+$' AND k NOT LIKE '%x' AND k NOT ILIKE 'y%' AND k SIMILAR TO 'a%'),
  l char(3) CHECK (l IN ('abc', 'def')),
  m bool DEFAULT true CHECK (m IS TRUE OR m IS NOT UNKNOWN),
  n time DEFAULT '10:00' CHECK (extract(hour FROM n) >= 8),
  o text DEFAULT CURRENT_USER,
  p text DEFAULT substring('abcdef' FROM 2 FOR 3),
  q text DEFAULT trim(BOTH 'x' FROM 'xax'),
  r text DEFAULT overlay('abc' PLACING 'X' FROM 2 FOR 1),
  s int DEFAULT position('b' IN 'abc'),
  u int GENERATED ALWAYS AS (a * 2) STORED,
  v text GENERATED ALWAYS AS (COALESCE(b, '') || '-' || (CASE WHEN a > 1 THEN 'big' ELSE 'small' END)) STORED,
  w double precision GENERATED ALWAYS AS (extract(epoch FROM j)) STORED,
  x bytea DEFAULT '\x00'::bytea,
  y bit(3) DEFAULT B'101',
  z int DEFAULT nextval('public.z_seq') ,
  CONSTRAINT row_check CHECK ((a, id) > (0, 0)),
  CONSTRAINT null_check CHECK (b IS NOT NULL OR c IS NULL),
  CONSTRAINT greatest_check CHECK (greatest(a, 2) > 1 AND nullif(a, 3) IS NOT NULL),
  CONSTRAINT many CHECK (a = 1 OR a = 2 OR (a = 3 AND NOT (a <> 3)) OR a NOT IN (4, 5)),
  CONSTRAINT zone CHECK ((d AT TIME ZONE 'UTC') > '2000-01-01'),
  CONSTRAINT parts CHECK (date_part('year', e) > 2000 AND EXTRACT(year FROM e) < 3000 AND date_trunc('day', d) <= d),
  CONSTRAINT over_laps CHECK ((e, e + 1) OVERLAPS (e, interval '1 day'))
);
CREATE TABLE other (id bigint PRIMARY KEY, t_id bigint REFERENCES t ON DELETE CASCADE, note text, at timestamp);
CREATE TABLE parted (id int, at timestamptz, name text) PARTITION BY RANGE (date_trunc('month', at AT TIME ZONE 'UTC'), lower(name));
CREATE TABLE parted_a PARTITION OF parted FOR VALUES FROM ('2020-01-01', MINVALUE) TO ('2021-01-01', 'm');
CREATE TABLE parted_b PARTITION OF parted DEFAULT;
CREATE TABLE listed (id int, kind varchar(10)) PARTITION BY LIST (kind);
CREATE TABLE listed_a PARTITION OF listed FOR VALUES IN ('a', 'b', NULL);
CREATE INDEX i_lower ON t (lower(b), (a + 1) DESC, (g ->> 'k'));
CREATE INDEX i_part ON t (id) WHERE c IN ('a', 'b') AND NOT m AND k LIKE 'a%';
CREATE INDEX i_zone ON t (((d AT TIME ZONE 'UTC')::date));
CREATE INDEX i_extract ON t (extract(year FROM e), date_part('month', e), date_trunc('day', d AT TIME ZONE 'UTC'));
CREATE INDEX i_sub ON t (substring(k FROM 1 FOR 3), substring(k FROM 'a'), trim(LEADING FROM k), position('a' IN k), overlay(k PLACING 'b' FROM 1));
CREATE INDEX i_array ON t USING gin (h) WHERE h && ARRAY[1, 2];
CREATE INDEX i_jsonb ON t USING gin ((g -> 'tags') jsonb_path_ops);
CREATE INDEX i_fts ON t USING gin (to_tsvector('english', COALESCE(b, '') || ' ' || COALESCE(k, '')));
CREATE INDEX i_collate ON t (k COLLATE "C" text_pattern_ops, (b || c) COLLATE "POSIX");
ALTER TABLE t ADD CONSTRAINT excl EXCLUDE USING gist (int4range(a, a + 1) WITH &&) WHERE (a > 5 AND c <> 'x');
CREATE FUNCTION tenant() RETURNS uuid LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.tenant', true), '')::uuid $$;
CREATE FUNCTION defaults(x int DEFAULT 1 + 1, y text DEFAULT 'a' || 'b', z timestamptz DEFAULT now() AT TIME ZONE 'UTC', w text DEFAULT trim('a'), v mood DEFAULT 'sad', u date DEFAULT CURRENT_DATE)
  RETURNS text LANGUAGE sql AS 'SELECT y';
CREATE PROCEDURE proc(IN x int, INOUT y text DEFAULT substring('abc' FROM 2)) LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER trg BEFORE UPDATE OF a, b ON t FOR EACH ROW
  WHEN (old.a IS DISTINCT FROM new.a AND new.c IN ('a', 'b') AND extract(hour FROM new.n) > 1 AND new.d AT TIME ZONE 'UTC' > '2000-01-01')
  EXECUTE FUNCTION touch('a', 1, 'b''c');
CREATE TRIGGER trg2 AFTER INSERT ON t FOR EACH ROW WHEN (new.k SIMILAR TO 'x%' OR (new.a BETWEEN 1 AND 2)) EXECUTE PROCEDURE touch();
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p1 ON t USING (tenant = (SELECT tenant())) WITH CHECK (tenant = (SELECT tenant()) AND c IN ('a', 'b'));
CREATE POLICY p2 ON t FOR SELECT USING (EXISTS (SELECT true FROM other o WHERE o.t_id = t.id AND o.note = t.b));
CREATE POLICY p3 ON t FOR SELECT USING (EXISTS (SELECT 1 FROM other WHERE t_id = t.id) OR id IN (SELECT t_id FROM other WHERE at > now() - interval '1 day'));
CREATE POLICY p4 ON t FOR UPDATE USING (a = ANY (SELECT x.id::int FROM other x) AND extract(year FROM e) > 2000 AND (d AT TIME ZONE 'UTC')::date = CURRENT_DATE);
CREATE POLICY p5 ON t FOR DELETE USING (o = CURRENT_USER AND SESSION_USER <> 'x' AND (current_setting('a.b', true))::boolean IS TRUE AND substring(k FROM 1 FOR 2) = trim(both ' ' from k));
CREATE VIEW v_one AS SELECT id, a AS "A", b || c AS bc FROM t WHERE a > 1 AND c IN ('a', 'b') ORDER BY id DESC NULLS LAST LIMIT 10;
CREATE VIEW v_two AS SELECT t.*, o.note FROM t JOIN other o ON o.t_id = t.id LEFT JOIN LATERAL (SELECT count(*) AS n FROM other x WHERE x.t_id = t.id) l ON true;
CREATE VIEW v_using AS SELECT * FROM other JOIN (SELECT id, a FROM t) s USING (id);
CREATE VIEW v_natural AS SELECT * FROM other NATURAL JOIN (SELECT id, b FROM t) s;
CREATE VIEW v_agg AS SELECT a, count(*) AS n, count(DISTINCT b) FILTER (WHERE b <> '') AS nb, sum(f) OVER (PARTITION BY a ORDER BY min(id) ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS w, string_agg(b, ',' ORDER BY b) AS s FROM t GROUP BY a, f HAVING count(*) > 1;
CREATE VIEW v_sets AS SELECT GROUPING(a, b) AS g, a, b, sum(id) AS s FROM t GROUP BY GROUPING SETS ((a, b), (a), ()) UNION ALL SELECT 1, 2, 'x', 3 EXCEPT SELECT 4, 5, NULL, 6;
CREATE VIEW v_cte AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5), m AS MATERIALIZED (SELECT * FROM other) SELECT r.n, m.note FROM r, m WHERE r.n = m.id;
CREATE VIEW v_std AS SELECT extract(year FROM e) AS y, extract(epoch FROM d) AS ep, d AT TIME ZONE 'UTC' AS u, substring(k FROM 2) AS s1, substring(k FROM 2 FOR 3) AS s2, substring(k FROM 'a(b)c') AS s3, position('x' IN k) AS po, overlay(k PLACING 'y' FROM 1 FOR 2) AS ov, trim(k) AS t1, trim(LEADING 'x' FROM k) AS t2, trim(TRAILING FROM k) AS t3, collation for (b) AS col, normalize(k) AS nf, k IS NFC NORMALIZED AS isn, (e, e) OVERLAPS (e, e) AS ol FROM t;
CREATE VIEW v_plain AS SELECT date_part('year', e) AS y, timezone('UTC', d) AS u, pg_catalog.substring(k, 2) AS s1, btrim(k) AS b, pg_catalog."position"(k, 'x') AS po FROM t;
CREATE VIEW v_sub AS SELECT (SELECT true FROM other LIMIT 1) AS yes, ARRAY(SELECT o.note FROM other o ORDER BY o.id) AS notes, EXISTS (SELECT false) AS ex, a IN (SELECT 1) AS i, (SELECT NULL) AS n, (SELECT 'x') AS x, (SELECT true) AS tr, COALESCE((SELECT false WHERE false), true) AS co FROM t;
CREATE VIEW v_case AS SELECT CASE a WHEN 1 THEN 'one' WHEN 2 THEN NULL ELSE 'more' END AS c, (a IS NULL) = (b IS NOT NULL) AS n, NOT (a = 1 AND b = 'x') AS no, a::text || 'x' AS tx, (a / 2)::numeric(5, 1) AS nu, -a AS neg, a % 2 AS mo, ARRAY[a, 1] AS ar, (ARRAY[1, 2])[1] AS el, ROW(a, b) = ROW(1, 'x') AS ro, h[1:2] AS sl, interval '1 month 2 days 03:04:05' AS iv, timestamp '2020-01-01 10:00' AS ts, '2020-01-01'::date AS da, 'a' LIKE b AS li FROM t;
CREATE VIEW v_func AS SELECT s.n, j.* FROM generate_series(1, 3) WITH ORDINALITY AS s(n, o), jsonb_to_recordset('[]'::jsonb) AS j(x int, y text), unnest(ARRAY[1], ARRAY[2]) AS u(p, q), ROWS FROM (generate_series(1, 2), generate_series(1, 3)) AS z(c1, c2);
CREATE VIEW v_values AS SELECT x.a, x.b FROM (VALUES (1, 'a'), (2, 'b')) AS x(a, b);
CREATE VIEW v_over AS SELECT v.id, v."A", (SELECT max(o.id) FROM other o WHERE o.t_id = v.id) AS m FROM v_one v;
CREATE VIEW v_win AS SELECT row_number() OVER w AS rn, lag(a, 1, 0) OVER w AS la, rank() OVER (PARTITION BY c ORDER BY a DESC) AS ra, percentile_cont(0.5) WITHIN GROUP (ORDER BY a) AS pc FROM t GROUP BY a, c, id WINDOW w AS (PARTITION BY c ORDER BY id);
CREATE VIEW v_distinct AS SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b DESC FETCH FIRST 3 ROWS ONLY;
CREATE VIEW v_sample AS SELECT id FROM t TABLESAMPLE bernoulli (10) REPEATABLE (1);
CREATE VIEW v_check WITH (check_option = local) AS SELECT id, a FROM t WHERE a > 0;
CREATE MATERIALIZED VIEW mv AS SELECT c, date_trunc('month', d AT TIME ZONE 'Europe/Berlin') AS mon, count(*) FILTER (WHERE m) AS n, bool_or(m) AS bo FROM t GROUP BY 1, 2 WITH NO DATA;
CREATE INDEX mv_i ON mv (mon) WHERE n > 0;
CREATE VIEW v_union AS SELECT 'a' AS k, 1 AS n UNION SELECT b, a FROM t UNION ALL (SELECT c, a FROM t ORDER BY a LIMIT 1);
CREATE RULE r AS ON UPDATE TO v_over DO INSTEAD NOTHING;
CREATE VIEW v_ops AS SELECT a OPERATOR(pg_catalog.+) 1 AS p, b COLLATE "POSIX" AS co, g #>> '{a,b}' AS path, g @> '{"a":1}' AS has, h || 3 AS app, current_schema AS cs, CURRENT_TIMESTAMP(2) AS ct, LOCALTIME AS lt FROM (SELECT a, b, g, h FROM t) q WHERE false IS NOT TRUE;
