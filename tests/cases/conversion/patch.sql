-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   conversion-missing public.missing
--
-- It leaves 5 things:
--   conversion public.another (function):
--     text would be converted otherwise at once
--   conversion public.changed (source):
--     text would be converted otherwise at once
--   conversion public.changed (target):
--     text would be converted otherwise at once
--   conversion public.first (default):
--     text would be converted otherwise at once
--   conversion public.undeclared:
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

-- Answers conversion-missing public.missing
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_conversion AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.connamespace WHERE n.nspname = 'public' AND x.conname = 'missing') THEN
    CREATE CONVERSION public.missing FOR 'LATIN1' TO 'UTF8' FROM public.convert_nothing;
  END IF;
END$drift$;

-- Answers conversion-missing public.missing
COMMENT ON CONVERSION public.missing IS 'As the server does it.';

COMMIT;
