-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   column-changed public.t.note
--
-- It leaves 4 things:
--   column public.t.amount (type):
--     changing the type rewrites the table and can lose data
--   column public.t.code (collation):
--     another collation sorts and compares anew and rebuilds every index on the column
--   column public.t.extra:
--     an additive repair removes nothing: drop it by hand, or declare it
--   column public.t.total (generation expression):
--     another expression computes every row anew

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

-- Answers column-changed public.t.note
-- Locks public.t: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE ONLY public.t ALTER COLUMN note SET DEFAULT 'none'::text;

COMMIT;
