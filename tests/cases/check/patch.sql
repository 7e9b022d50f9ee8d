-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   check-missing public.t.t_x_present
--
-- It leaves 1 thing:
--   check public.t.t_n_check (definition):
--     rows that exist may break the declared check; drop t_n_check and add it again as declared

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
-- 1. Constraints of public.t, not yet valid
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers check-missing public.t.t_x_present
-- Locks public.t: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.t'::pg_catalog.regclass AND conname = 't_x_present') THEN
    ALTER TABLE public.t ADD CONSTRAINT t_x_present CHECK ((x IS NOT NULL)) NOT VALID;
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Validation on public.t; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers check-missing public.t.t_x_present
-- Locks public.t: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
ALTER TABLE public.t VALIDATE CONSTRAINT t_x_present;
