-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   setting-missing app.most of app
--   setting-missing search_path
--
-- It leaves 2 things:
--   setting app.debug:
--     an additive repair removes nothing: drop it by hand, or declare it
--   setting statement_timeout (value):
--     sessions to come would behave otherwise; run ALTER DATABASE … SET when whoever connects is ready

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

-- Answers setting-missing app.most of app
DO $drift$BEGIN
  EXECUTE 'ALTER ROLE app IN DATABASE ' || pg_catalog.quote_ident(pg_catalog.current_database()) || ' SET app.most TO ''10''';
END$drift$;

-- Answers setting-missing search_path
DO $drift$BEGIN
  EXECUTE 'ALTER DATABASE ' || pg_catalog.quote_ident(pg_catalog.current_database()) || ' SET search_path TO "$user", "public", "Odd"';
END$drift$;

COMMIT;
