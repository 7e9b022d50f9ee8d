-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   statistics-changed public.t.aimed
--   statistics-missing public.t.missing
--
-- It leaves 3 things:
--   statistics public.t.aimed (target):
--     queries may be planned by the present ones; drop them and create the declared
--   statistics public.t.other (columns):
--     queries may be planned by the present ones; drop them and create the declared
--   statistics public.t.unexpected:
--     an additive repair removes nothing: drop it by hand, or declare it

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
-- 1. New objects, complete in one transaction
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers statistics-missing public.t.missing
-- Locks public.t: SHARE UPDATE EXCLUSIVE (reads and writes go on)
CREATE STATISTICS IF NOT EXISTS public.missing (mcv, ndistinct) ON a, b FROM public.t;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers statistics-changed public.t.aimed
COMMENT ON STATISTICS public.aimed IS 'why';

COMMIT;
