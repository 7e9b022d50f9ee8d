-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 3 findings:
--   function-missing public.apart(double precision, double precision)
--   range-type-missing public.span
--   table-missing public.stays
--
-- It leaves 1 thing:
--   range type public.words (operator class):
--     a range type cannot be changed, only dropped and made anew, while every column of it waits as
--     text

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

-- Answers function-missing public.apart(double precision, double precision)
CREATE OR REPLACE FUNCTION public.apart(double precision, double precision)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT $1 - $2$function$;

-- Answers range-type-missing public.span
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_type WHERE oid = pg_catalog.to_regtype('public.span')) THEN
    CREATE TYPE public.span AS RANGE (subtype = double precision, subtype_diff = public.apart);
  END IF;
END$drift$;

-- Answers table-missing public.stays
CREATE TABLE IF NOT EXISTS public.stays (
  during public.span
);

COMMIT;
