-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   domain-changed public.told
--
-- It leaves 2 things:
--   domain public.chosen (checks):
--     values that exist in columns of this domain may not fit the declared one
--   domain public.chosen (not null name):
--     code may know the constraint by the name that it has

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
-- 1. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers domain-changed public.told
COMMENT ON CONSTRAINT positive ON DOMAIN public.told IS 'it''s a count';

COMMIT;
