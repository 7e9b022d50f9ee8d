-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   trigger-missing public.whole.missing
--
-- It leaves 1 thing:
--   trigger public.whole.awake (partitions):
--     replacing a trigger changes what every write does

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
-- 1. Triggers, policies, row-level security and grants of public.whole
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers trigger-missing public.whole.missing
-- Locks public.whole: SHARE ROW EXCLUSIVE (blocks writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = 'public.whole'::pg_catalog.regclass AND tgname = 'missing') THEN
    CREATE TRIGGER missing AFTER INSERT ON public.whole FOR EACH ROW EXECUTE FUNCTION public.touch();
  END IF;
END$drift$;

-- Answers trigger-missing public.whole.missing
-- Locks public.deep: SHARE ROW EXCLUSIVE (blocks writes)
ALTER TABLE public.deep DISABLE TRIGGER missing;

COMMIT;
