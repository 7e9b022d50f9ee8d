-- Other words for the same thing, and what is nobody's drift.
CREATE FUNCTION boom() RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE ''a default was executed''; END';
CREATE FUNCTION bare() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1';
CREATE TABLE t (
  a int DEFAULT boom(), b varchar(9), c int, d interval DEFAULT interval '90 minutes',
  CONSTRAINT t_b CHECK (b IN ('x', 'y')),
  CONSTRAINT t_c CHECK (c BETWEEN 1 AND 5),
  CONSTRAINT t_d CHECK (a IS NOT DISTINCT FROM c),
  CONSTRAINT t_e UNIQUE (a, c) DEFERRABLE,
  CONSTRAINT t_f EXCLUDE USING btree (c WITH =));
CREATE POLICY own ON t USING (c = (SELECT bare()));
CREATE TABLE parent (a int);
CREATE TABLE child (b int) INHERITS (parent);
