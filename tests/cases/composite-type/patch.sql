-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   composite-type-changed public.address
--   composite-type-missing public.point2

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
-- 1. New values of types that exist
-- -------------------------------------------------------------------------------------------------

-- Answers composite-type-changed public.address
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.typrelid = a.attrelid WHERE t.oid = pg_catalog.to_regtype('public.address') AND pg_catalog.quote_ident(a.attname) = 'zip' AND NOT a.attisdropped) THEN
    ALTER TYPE public.address ADD ATTRIBUTE zip text;
  END IF;
END$drift$;

-- -------------------------------------------------------------------------------------------------
-- 2. New objects, complete in one transaction
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers composite-type-missing public.point2
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_type WHERE oid = pg_catalog.to_regtype('public.point2')) THEN
    CREATE TYPE public.point2 AS (
  x integer,
  y integer
);
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 3. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers composite-type-changed public.address
COMMENT ON COLUMN public.address.zip IS 'as written';

COMMIT;
