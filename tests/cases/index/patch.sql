-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   index-missing other.t.i_same
--   index-missing public.t.i_plain
--
-- It leaves 5 things:
--   index public.t.i_extra:
--     an additive repair removes nothing: drop it by hand, or declare it
--   index public.t.i_include (include):
--     queries may depend on the present index; build the declared one under another name, then drop
--     and rename
--   index public.t.i_include (keys):
--     queries may depend on the present index; build the declared one under another name, then drop
--     and rename
--   index public.t.i_nulls (keys):
--     queries may depend on the present index; build the declared one under another name, then drop
--     and rename
--   index public.t.i_ops (keys):
--     queries may depend on the present index; build the declared one under another name, then drop
--     and rename

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
-- 1. Indexes of other.t, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers index-missing other.t.i_same
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'other' AND c.relname = 'i_same' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index other.i_same is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY other.i_same; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers index-missing other.t.i_same
-- Locks other.t: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS i_same ON other.t (a);
SET lock_timeout = '2s';

-- -------------------------------------------------------------------------------------------------
-- 2. Indexes of public.t, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers index-missing public.t.i_plain
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'i_plain' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.i_plain is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.i_plain; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers index-missing public.t.i_plain
-- Locks public.t: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS i_plain ON public.t (a);
SET lock_timeout = '2s';
