-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   enum-changed public.mood
--   enum-missing public.colour
--
-- It leaves 1 thing:
--   enum public.size (labels):
--     values cannot be removed or reordered without rewriting every column that uses them

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

-- Answers enum-changed public.mood
ALTER TYPE public.mood ADD VALUE IF NOT EXISTS 'ok' AFTER 'sad';

-- -------------------------------------------------------------------------------------------------
-- 2. New objects, complete in one transaction
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers enum-missing public.colour
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_type WHERE oid = pg_catalog.to_regtype('public.colour')) THEN
    CREATE TYPE public.colour AS ENUM ('red');
  END IF;
END$drift$;

COMMIT;
