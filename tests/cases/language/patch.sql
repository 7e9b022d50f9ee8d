-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 4 findings:
--   function-missing public.g()
--   function-missing public.speak_missing()
--   language-changed changed
--   language-missing missing
--
-- It leaves 4 things:
--   language changed (inline):
--     whatever is written in it would be run otherwise
--   language changed (trusted):
--     whatever is written in it would be run otherwise
--   language changed (validator):
--     whatever is written in it would be run otherwise
--   language undeclared:
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
-- 1. New objects, complete in one transaction
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers function-missing public.speak_missing()
CREATE OR REPLACE FUNCTION public.speak_missing()
 RETURNS language_handler
 LANGUAGE c
AS '$libdir/plpgsql', $function$plpgsql_call_handler$function$;

-- Answers language-missing missing
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_language WHERE lanname = 'missing') THEN
    CREATE LANGUAGE missing HANDLER public.speak_missing INLINE public.run VALIDATOR public.judge;
  END IF;
END$drift$;

-- Answers function-missing public.g()
CREATE OR REPLACE FUNCTION public.g()
 RETURNS integer
 LANGUAGE missing
AS $function$BEGIN RETURN 1; END$function$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers language-changed changed
COMMENT ON LANGUAGE changed IS 'Like plpgsql.';

COMMIT;
