-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   foreign-key-changed public.child.child_c_fkey
--   foreign-key-missing public.child.child_a_fkey
--
-- It leaves 1 thing:
--   foreign key public.child.child_b_fkey (definition):
--     rows that exist may break the declared key; drop child_b_fkey and add it again as declared

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
-- 1. Constraints of public.child, not yet valid
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers foreign-key-missing public.child.child_a_fkey
-- Locks public.child: SHARE ROW EXCLUSIVE (blocks writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.child'::pg_catalog.regclass AND conname = 'child_a_fkey') THEN
    ALTER TABLE public.child ADD CONSTRAINT child_a_fkey FOREIGN KEY (a) REFERENCES public.parent(id) ON DELETE CASCADE NOT VALID;
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Validation on public.child; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers foreign-key-missing public.child.child_a_fkey
-- Locks public.child: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
ALTER TABLE public.child VALIDATE CONSTRAINT child_a_fkey;

-- Answers foreign-key-changed public.child.child_c_fkey
-- Locks public.child: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
ALTER TABLE public.child VALIDATE CONSTRAINT child_c_fkey;
