-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   transform-missing integer for sql
--
-- It leaves 5 things:
--   function public.f(bigint) (transforms):
--     replacing it changes what every caller gets, at once; run the declared CREATE OR REPLACE when
--     they are ready
--   function public.g(bigint) (transforms):
--     replacing it changes what every caller gets, at once; run the declared CREATE OR REPLACE when
--     they are ready
--   transform bigint for plpgsql (from sql):
--     functions would be given, or give, other values at once
--   transform bigint for plpgsql (to sql):
--     functions would be given, or give, other values at once
--   transform smallint for plpgsql:
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

-- Answers transform-missing integer for sql
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_transform AS t JOIN pg_catalog.pg_language AS l ON l.oid = t.trflang WHERE t.trftype = 'integer'::pg_catalog.regtype AND l.lanname = 'sql') THEN
    CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
  END IF;
END$drift$;

-- Answers transform-missing integer for sql
COMMENT ON TRANSFORM FOR integer LANGUAGE sql IS 'Whole numbers.';

COMMIT;
