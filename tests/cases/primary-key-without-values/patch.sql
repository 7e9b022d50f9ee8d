-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   column-missing public.k.a
--
-- It leaves 3 things:
--   column public.a.id (not null):
--     rows that exist need a value for id first; give one with --backfill 'a=<uuid or SQL expression>'
--   primary key public.a.a_pkey:
--     it waits until every row has a value in column public.a.id
--   foreign key public.k.k_a_fkey:
--     it needs primary key public.a.a_pkey, which this patch does not create

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
-- 1. Columns of public.k
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers column-missing public.k.a
-- Locks public.k: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.k ADD COLUMN IF NOT EXISTS a integer;

COMMIT;
