-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 5 findings:
--   cast-changed public.mood as integer
--   cast-missing public.mood as bigint
--   function-missing public.long(public.mood)
--   table-missing public.days
--   view-missing public.longs
--
-- It leaves 4 things:
--   cast public.mood as date:
--     an additive repair removes nothing: drop it by hand, or declare it
--   cast public.mood as integer (context):
--     statements that rely on it would give other values at once
--   cast public.mood as integer (function):
--     statements that rely on it would give other values at once
--   cast text as public.mood (context):
--     statements that rely on it would give other values at once

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

-- Answers function-missing public.long(public.mood)
CREATE OR REPLACE FUNCTION public.long(public.mood)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT 3$function$;

-- Answers cast-missing public.mood as bigint
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_cast WHERE castsource = 'public.mood'::pg_catalog.regtype AND casttarget = 'bigint'::pg_catalog.regtype) THEN
    CREATE CAST (public.mood AS bigint) WITH FUNCTION public.long(public.mood);
  END IF;
END$drift$;

-- Answers table-missing public.days
CREATE TABLE IF NOT EXISTS public.days (
  m public.mood,
  n bigint GENERATED ALWAYS AS ((m)::bigint) STORED,
  CONSTRAINT days_m_check CHECK (((m)::bigint > 0))
);

-- Answers view-missing public.longs
CREATE OR REPLACE VIEW public.longs AS
 SELECT (m)::bigint AS n
   FROM public.days;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers cast-changed public.mood as integer
COMMENT ON CAST (public.mood AS integer) IS 'How good it is.';

COMMIT;
