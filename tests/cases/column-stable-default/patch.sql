-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 3 findings:
--   column-missing public.t.key
--   column-missing public.t.owner
--   column-missing public.t.seen

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
-- 1. Columns of public.t
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers column-missing public.t.key
-- Locks public.t: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.t ADD COLUMN IF NOT EXISTS key uuid;

-- Answers column-missing public.t.key
-- Locks public.t: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE ONLY public.t ALTER COLUMN key SET DEFAULT gen_random_uuid();

-- Answers column-missing public.t.owner
-- Locks public.t: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.t ADD COLUMN IF NOT EXISTS owner text;

-- Answers column-missing public.t.owner
-- Locks public.t: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE ONLY public.t ALTER COLUMN owner SET DEFAULT current_setting('app.owner'::text, true);

-- Answers column-missing public.t.seen
-- Locks public.t: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.t ADD COLUMN IF NOT EXISTS seen timestamp with time zone DEFAULT now();

COMMIT;
