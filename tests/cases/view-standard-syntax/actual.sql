CREATE TABLE t (id int, at timestamptz, note text CHECK (TRIM(BOTH FROM note) <> '' AND POSITION('x' IN note) = 0),
  short text DEFAULT substring('abc' FROM 2 FOR 1));
-- The same view in other words: not drift.
CREATE VIEW years AS SELECT extract(year FROM t.at) AS year, (t.at AT TIME ZONE 'UTC') AS utc FROM public.t WHERE (extract(hour FROM t.at) > 8);
CREATE INDEX t_day ON t (((at AT TIME ZONE 'UTC')::date));
CREATE POLICY own ON t USING (EXISTS (SELECT true FROM t AS o WHERE o.id = t.id));
CREATE FUNCTION today(zone text DEFAULT trim(' UTC '), at timestamp DEFAULT now() AT TIME ZONE 'UTC') RETURNS date LANGUAGE sql AS 'SELECT at::date';
-- On one version it is drift: the call gives another type.
CREATE VIEW calls AS SELECT extract(year FROM at)::double precision AS year FROM t;
