-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 3 findings:
--   event-trigger-missing two
--   schema-missing two
--   table-changed public.one

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
-- 1. What has to be there before anything is changed
-- -------------------------------------------------------------------------------------------------

DO $drift$BEGIN
  IF NOT (EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'app')) THEN
    RAISE EXCEPTION USING MESSAGE = 'role app does not exist: create it, and then run this patch again';
  END IF;
END$drift$;

-- -------------------------------------------------------------------------------------------------
-- 2. New objects, complete in one transaction
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers schema-missing two
CREATE SCHEMA IF NOT EXISTS two;

-- Answers schema-missing two
GRANT USAGE ON SCHEMA two TO app;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 3. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers table-changed public.one
COMMENT ON TABLE public.one IS 'described before the trigger is there';

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 4. New objects, complete in one transaction
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers event-trigger-missing two
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = 'two') THEN
    CREATE EVENT TRIGGER two ON sql_drop EXECUTE FUNCTION public.watch();
  END IF;
END$drift$;

COMMIT;
