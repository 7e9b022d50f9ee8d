CREATE FUNCTION boom() RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE ''a default was executed''; END';
CREATE FUNCTION bare() RETURNS int LANGUAGE sql SET search_path TO '' AS 'SELECT 1';
CREATE TABLE parent (a int);
CREATE TABLE child (b int) INHERITS (parent);
CREATE TABLE t (
  was_here int, a int DEFAULT public.boom(), d interval DEFAULT '01:30:00'::interval, b character varying(9), c integer,
  CONSTRAINT t_b CHECK (b::text = ANY (ARRAY['x'::varchar, 'y'::varchar]::text[])),
  CONSTRAINT t_c CHECK (c >= 1 AND c <= 5),
  CONSTRAINT t_d CHECK (NOT a IS DISTINCT FROM c),
  CONSTRAINT t_e UNIQUE (a, c) DEFERRABLE INITIALLY IMMEDIATE);
ALTER TABLE t DROP COLUMN was_here;
ALTER TABLE t ADD CONSTRAINT t_f EXCLUDE USING btree (c WITH =);
CREATE POLICY own ON t AS PERMISSIVE FOR ALL TO PUBLIC USING (c = (SELECT public.bare() AS bare));
-- What belongs to an extension is the extension's.
CREATE TYPE theirs AS ENUM ('a');
ALTER EXTENSION plpgsql ADD TYPE theirs;
