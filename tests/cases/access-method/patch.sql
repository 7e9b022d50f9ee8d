-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   access-method-changed changed
--   access-method-missing missing
--
-- It leaves 2 things:
--   access method changed (handler):
--     what is kept by it would have to be written anew
--   access method undeclared:
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

-- Answers access-method-missing missing
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_am WHERE amname = 'missing') THEN
    CREATE ACCESS METHOD missing TYPE TABLE HANDLER heap_tableam_handler;
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers access-method-changed changed
COMMENT ON ACCESS METHOD changed IS 'A tree under another name.';

COMMIT;
