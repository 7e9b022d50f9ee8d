-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   check-missing public.t.t_a_known
--   index-missing other.t.t_first
--
-- It leaves 10 things:
--   table public.days_1 (partition bound):
--     rows would have to move between tables
--   column public.t.kind (type):
--     changing the type rewrites the table and can lose data
--   column public.t.name (collation):
--     another collation sorts and compares anew and rebuilds every index on the column
--   column public.t.twice (generation expression):
--     another expression computes every row anew
--   foreign key public.t.t_p_fkey (definition):
--     rows that exist may break the declared key; drop t_p_fkey and add it again as declared
--   index public.t.t_built (valid):
--     a build failed half-way; run REINDEX INDEX CONCURRENTLY public.t_built
--   index public.t.t_first (keys):
--     queries may depend on the present index; build the declared one under another name, then drop
--     and rename
--   index public.t.t_with (include):
--     queries may depend on the present index; build the declared one under another name, then drop
--     and rename
--   index public.t.t_with (keys):
--     queries may depend on the present index; build the declared one under another name, then drop
--     and rename
--   view public.v (options):
--     replacing a view changes what its readers see; run CREATE OR REPLACE VIEW as declared

-- A statement that waits longer than this for a lock fails, so that nobody queues behind it;
-- then run the patch again. With row_security off, rows are never filtered in silence.
SET client_min_messages = warning;
SET standard_conforming_strings = on;
SET check_function_bodies = off;
SET search_path = pg_catalog;
SET row_security = off;
SET statement_timeout = 0;
SET lock_timeout = '2s';

-- -------------------------------------------------------------------------------------------------
-- 1. Constraints of public.t, not yet valid
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers check-missing public.t.t_a_known
-- Locks public.t: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.t'::pg_catalog.regclass AND conname = 't_a_known') THEN
    ALTER TABLE public.t ADD CONSTRAINT t_a_known CHECK ((a IS NOT NULL)) NOT VALID;
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Validation on public.t; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers check-missing public.t.t_a_known
-- Locks public.t: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
ALTER TABLE public.t VALIDATE CONSTRAINT t_a_known;

-- -------------------------------------------------------------------------------------------------
-- 3. Indexes of other.t, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers index-missing other.t.t_first
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'other' AND c.relname = 't_first' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index other.t_first is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY other.t_first; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers index-missing other.t.t_first
-- Locks other.t: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS t_first ON other.t (a);
SET lock_timeout = '2s';
