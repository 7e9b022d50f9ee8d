-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 3 findings:
--   check-missing public.notes.filled
--   check-missing public.notes.said
--   column-missing public.notes.mood

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
-- 1. Columns of public.notes
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers column-missing public.notes.mood
-- Locks public.notes: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.notes ADD COLUMN IF NOT EXISTS mood public."Mood (now)" DEFAULT 'ok'::public."Mood (now)" NOT NULL;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Constraints of public.notes, not yet valid
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers check-missing public.notes.filled
-- Locks public.notes: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.notes'::pg_catalog.regclass AND conname = 'filled') THEN
    ALTER TABLE public.notes ADD CONSTRAINT filled CHECK ((body <> ''::text)) NOT VALID;
  END IF;
END$drift$;

-- Answers check-missing public.notes.said
-- Locks public.notes: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.notes'::pg_catalog.regclass AND conname = 'said') THEN
    ALTER TABLE public.notes ADD CONSTRAINT said CHECK ((body <> ''::text)) NOT VALID;
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 3. Validation on public.notes; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers check-missing public.notes.filled
-- Locks public.notes: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
ALTER TABLE public.notes VALIDATE CONSTRAINT filled;

-- Answers check-missing public.notes.said
-- Locks public.notes: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
ALTER TABLE public.notes VALIDATE CONSTRAINT said;
