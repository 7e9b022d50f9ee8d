-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   function-missing public.over(text)
--
-- It leaves 2 things:
--   function public.body() (body):
--     replacing it changes what every caller gets, at once; run the declared CREATE OR REPLACE when
--     they are ready
--   function public.guarded() (settings):
--     replacing it changes what every caller gets, at once; run the declared CREATE OR REPLACE when
--     they are ready

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

-- Answers function-missing public.over(text)
CREATE OR REPLACE FUNCTION public.over(n text)
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 2$function$;

COMMIT;
