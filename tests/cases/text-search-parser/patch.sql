-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   text-search-parser-changed public.changed
--   text-search-parser-missing public.missing
--
-- It leaves 2 things:
--   text search parser public.changed (headline):
--     what is indexed already was found with the present one
--   text search parser public.undeclared:
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

-- Answers text-search-parser-missing public.missing
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_ts_parser AS x JOIN pg_catalog.pg_namespace AS n ON n.oid = x.prsnamespace WHERE n.nspname = 'public' AND x.prsname = 'missing') THEN
    CREATE TEXT SEARCH PARSER public.missing (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers text-search-parser-changed public.changed
COMMENT ON TEXT SEARCH PARSER public.changed IS 'The stock parser.';

COMMIT;
