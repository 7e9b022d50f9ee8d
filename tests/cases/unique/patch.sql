-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   unique-missing public.t.t_c_key
--
-- It leaves 1 thing:
--   unique public.t.t_b_key (definition):
--     foreign keys may depend on the present constraint; drop t_b_key and add it again as declared

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
-- 1. Indexes of public.t, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers unique-missing public.t.t_c_key
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 't_c_key' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.t_c_key is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.t_c_key; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers unique-missing public.t.t_c_key
-- Locks public.t: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_c_key ON public.t (c);
SET lock_timeout = '2s';

-- Answers unique-missing public.t.t_c_key
-- Locks public.t: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.t'::pg_catalog.regclass AND conname = 't_c_key') THEN
    ALTER TABLE public.t ADD CONSTRAINT t_c_key UNIQUE USING INDEX t_c_key;
  END IF;
END$drift$;
