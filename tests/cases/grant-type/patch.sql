-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 6 findings:
--   composite-type-missing public.pair
--   enum-missing public.number
--   grant-missing public.code.public
--   grant-missing public.longest(text).reader
--   grant-missing public.mood.app
--   range-type-missing public.spans
--
-- It leaves 5 things:
--   grant public.code.app:
--     an additive repair removes nothing: drop it by hand, or declare it
--   grant public.longest(text).public:
--     an additive repair removes nothing: drop it by hand, or declare it
--   grant public.mood.public:
--     an additive repair removes nothing: drop it by hand, or declare it
--   default privilege types to app:
--     an additive repair removes nothing: drop it by hand, or declare it
--   default privilege types to public:
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

DO $drift$BEGIN
  IF NOT (EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'reader')) THEN
    RAISE EXCEPTION USING MESSAGE = 'role reader does not exist: create it, and then run this patch again';
  END IF;
END$drift$;

-- -------------------------------------------------------------------------------------------------
-- 2. New objects, complete in one transaction
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers enum-missing public.number
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_type WHERE oid = pg_catalog.to_regtype('public.number')) THEN
    CREATE TYPE public.number AS ENUM ('one');
  END IF;
END$drift$;

-- Answers enum-missing public.number
REVOKE ALL ON TYPE public.number FROM app;

-- Answers composite-type-missing public.pair
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_type WHERE oid = pg_catalog.to_regtype('public.pair')) THEN
    CREATE TYPE public.pair AS (
  a integer,
  b integer
);
  END IF;
END$drift$;

-- Answers composite-type-missing public.pair
REVOKE ALL ON TYPE public.pair FROM PUBLIC;

-- Answers composite-type-missing public.pair
REVOKE ALL ON TYPE public.pair FROM app;

-- Answers range-type-missing public.spans
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_type WHERE oid = pg_catalog.to_regtype('public.spans')) THEN
    CREATE TYPE public.spans AS RANGE (subtype = text);
  END IF;
END$drift$;

-- Answers range-type-missing public.spans
REVOKE ALL ON TYPE public.spans FROM app;

-- Answers enum-missing public.number
GRANT USAGE ON TYPE public.number TO app;

-- Answers enum-missing public.number
GRANT USAGE ON TYPE public.number TO PUBLIC;

-- Answers range-type-missing public.spans
GRANT USAGE ON TYPE public.spans TO PUBLIC;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 3. Triggers, policies, row-level security and grants of public.code
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers grant-missing public.code.public
GRANT USAGE ON TYPE public.code TO PUBLIC;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 4. Triggers, policies, row-level security and grants of public.longest(text)
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers grant-missing public.longest(text).reader
GRANT EXECUTE ON FUNCTION public.longest(text) TO reader;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 5. Triggers, policies, row-level security and grants of public.mood
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers grant-missing public.mood.app
GRANT USAGE ON TYPE public.mood TO app WITH GRANT OPTION;

COMMIT;
