-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   column-missing public.people.seen
--   composite-type-changed public.person

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

-- Answers composite-type-changed public.person
-- Locks public.guests: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.typrelid = a.attrelid WHERE t.oid = pg_catalog.to_regtype('public.person') AND pg_catalog.quote_ident(a.attname) = 'mail' AND NOT a.attisdropped) THEN
    ALTER TYPE public.person ADD ATTRIBUTE mail text CASCADE;
  END IF;
END$drift$;

-- Answers composite-type-changed public.person
-- Locks public.guests: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.typrelid = a.attrelid WHERE t.oid = pg_catalog.to_regtype('public.person') AND pg_catalog.quote_ident(a.attname) = 'seen' AND NOT a.attisdropped) THEN
    ALTER TYPE public.person ADD ATTRIBUTE seen integer CASCADE;
  END IF;
END$drift$;

-- -------------------------------------------------------------------------------------------------
-- 2. Columns of public.people
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers column-missing public.people.seen
-- Locks public.people: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE ONLY public.people ALTER COLUMN seen SET DEFAULT 0;

COMMIT;
