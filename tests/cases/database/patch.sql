-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   database-changed itself
--
-- It leaves 2 things:
--   database itself (access):
--     somebody took from everybody what the server grants by itself: grant it by hand, or declare the
--     REVOKE
--   database itself (access):
--     revoking privileges takes access away from whoever uses it now

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

DO $drift$BEGIN
  IF NOT (EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'reader')) THEN
    RAISE EXCEPTION USING MESSAGE = 'role reader does not exist: create it, and then run this patch again';
  END IF;
END$drift$;

-- -------------------------------------------------------------------------------------------------
-- 2. Triggers, policies, row-level security and grants of database itself
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers database-changed itself
DO $drift$BEGIN
  EXECUTE 'GRANT CONNECT ON DATABASE ' || pg_catalog.quote_ident(pg_catalog.current_database()) || ' TO app WITH GRANT OPTION';
END$drift$;

-- Answers database-changed itself
DO $drift$BEGIN
  EXECUTE 'GRANT CREATE ON DATABASE ' || pg_catalog.quote_ident(pg_catalog.current_database()) || ' TO reader';
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 3. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers database-changed itself
DO $drift$BEGIN
  EXECUTE 'COMMENT ON DATABASE ' || pg_catalog.quote_ident(pg_catalog.current_database()) || ' IS ''Everybody''''s orders.''';
END$drift$;

COMMIT;
