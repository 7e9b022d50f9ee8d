-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   foreign-data-wrapper-missing missing
--
-- It leaves 3 things:
--   foreign data wrapper changed (options):
--     every server of the wrapper would be reached in another way; run ALTER FOREIGN DATA WRAPPER
--   foreign data wrapper missing (options):
--     its option api_token is taken for a secret and was not read: set it by hand
--   foreign data wrapper undeclared:
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

-- Answers foreign-data-wrapper-missing missing
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_foreign_data_wrapper WHERE fdwname = 'missing') THEN
    CREATE FOREIGN DATA WRAPPER missing OPTIONS (debug 'it''s on');
  END IF;
END$drift$;

-- Answers foreign-data-wrapper-missing missing
GRANT USAGE ON FOREIGN DATA WRAPPER missing TO app;

COMMIT;
