-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 3 findings:
--   column-missing public.empty.label
--   column-missing public.filled.flag
--   column-missing public.filled.label
--
-- It leaves 3 things:
--   column public.child.code (not null):
--     rows that exist need a value for code first; give one with --backfill 'child=<uuid or SQL
--     expression>'
--   column public.filled.label (not null):
--     rows that exist need a value for label first; give one with --backfill 'filled=<uuid or SQL
--     expression>'
--   column public.parent.code (not null):
--     rows that exist need a value for code first; give one with --backfill 'parent=<uuid or SQL
--     expression>'

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
-- 1. Columns of public.empty
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers column-missing public.empty.label
-- Locks public.empty: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.empty ADD COLUMN IF NOT EXISTS label text NOT NULL;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Columns of public.filled
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers column-missing public.filled.flag
-- Locks public.filled: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.filled ADD COLUMN IF NOT EXISTS flag boolean DEFAULT false NOT NULL;

-- Answers column-missing public.filled.label
-- Locks public.filled: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.filled ADD COLUMN IF NOT EXISTS label text;

COMMIT;
