-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   sequence-changed public.taken
--   sequence-missing public.missing
--
-- It leaves 3 things:
--   sequence public.changed (persistence):
--     after a crash it would count from elsewhere than now
--   sequence public.freed (owned by):
--     the sequence would no longer end with the column it has now
--   sequence public.taken (persistence):
--     after a crash it would count from elsewhere than now

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

-- Answers sequence-missing public.missing
CREATE UNLOGGED SEQUENCE IF NOT EXISTS public.missing AS bigint INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers sequence-changed public.taken
ALTER SEQUENCE public.taken OWNED BY public.takes.id;

COMMIT;
