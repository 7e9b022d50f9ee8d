-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 4 findings:
--   default-privilege-changed public.tables to app
--   default-privilege-changed sequences to app
--   default-privilege-missing app: tables to public
--   default-privilege-missing functions to public
--
-- It leaves 1 thing:
--   default privilege tables to app:
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

-- Answers default-privilege-missing app: tables to public
ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON TABLES TO PUBLIC;

-- Answers default-privilege-missing functions to public
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 3. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers default-privilege-changed sequences to app
ALTER DEFAULT PRIVILEGES REVOKE UPDATE ON SEQUENCES FROM app;

-- Answers default-privilege-changed public.tables to app
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT ON TABLES TO app;

COMMIT;
