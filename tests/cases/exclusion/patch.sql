-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   exclusion-missing public.shift.shift_overlap
--
-- It leaves 2 things:
--   exclusion public.booking.no_overlap:
--     index public.booking.no_overlap has the name that the constraint's own index needs: rename or
--     drop it first
--   index public.booking.no_overlap:
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
-- 1. Indexes of public.shift, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers exclusion-missing public.shift.shift_overlap
-- Locks public.shift: ACCESS EXCLUSIVE (blocks reads and writes)
-- Builds an index: takes time and disk space in proportion to the table.
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.shift'::pg_catalog.regclass AND conname = 'shift_overlap') THEN
    ALTER TABLE public.shift ADD CONSTRAINT shift_overlap EXCLUDE USING gist (during WITH &&);
  END IF;
END$drift$;
