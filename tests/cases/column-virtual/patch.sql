-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   column-missing public.t.added
--
-- It leaves 7 things:
--   column public.t.changed (generation expression):
--     another expression computes every row anew
--   column public.t.now_plain (generated):
--     another expression computes every row anew
--   column public.t.now_plain (generation expression):
--     another expression computes every row anew
--   column public.t.was_plain (generated):
--     another expression computes every row anew
--   column public.t.was_plain (generation expression):
--     another expression computes every row anew
--   column public.t.was_stored (generated):
--     another expression computes every row anew
--   column public.t.was_virtual (generated):
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

-- Answers column-missing public.t.added
-- Locks public.t: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.t ADD COLUMN IF NOT EXISTS added integer GENERATED ALWAYS AS ((a + 1)) VIRTUAL;

COMMIT;
