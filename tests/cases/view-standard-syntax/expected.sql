-- Servers before 14 print the standard's own syntax as calls, and those before 15
-- print a name for a truth value: the same on every version all the same.
CREATE TABLE t (id int, at timestamptz, note text CHECK (trim(note) <> '' AND position('x' IN note) = 0),
  short text DEFAULT substring('abc' FROM 2 FOR 1));
CREATE VIEW years AS SELECT extract(year FROM at) AS year, at AT TIME ZONE 'UTC' AS utc FROM t WHERE extract(hour FROM at) > 8;
CREATE INDEX t_day ON t (((at AT TIME ZONE 'UTC')::date));
CREATE POLICY own ON t USING (EXISTS (SELECT true FROM t AS o WHERE o.id = t.id));
CREATE FUNCTION today(zone text DEFAULT trim(' UTC '), at timestamp DEFAULT now() AT TIME ZONE 'UTC') RETURNS date LANGUAGE sql AS 'SELECT at::date';
CREATE VIEW calls AS SELECT date_part('year', at) AS year FROM t;
