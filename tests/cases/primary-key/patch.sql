-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   primary-key-missing public.a.a_pkey
--
-- It leaves 1 thing:
--   primary key public.b.b_pkey (definition):
--     foreign keys may depend on the present key; drop b_pkey and add it again as declared

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
-- 1. Indexes of public.a, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers primary-key-missing public.a.a_pkey
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'a_pkey' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.a_pkey is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.a_pkey; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers primary-key-missing public.a.a_pkey
-- Locks public.a: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a_pkey ON public.a (id);
SET lock_timeout = '2s';

-- Answers primary-key-missing public.a.a_pkey
-- Locks public.a: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.a'::pg_catalog.regclass AND conname = 'a_pkey') THEN
    ALTER TABLE public.a ADD CONSTRAINT a_pkey PRIMARY KEY USING INDEX a_pkey;
  END IF;
END$drift$;
