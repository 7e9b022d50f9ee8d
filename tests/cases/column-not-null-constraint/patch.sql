-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   column-changed public.orders.added
--   column-changed public.orders.told
--
-- It leaves 4 things:
--   column public.orders.chosen (not null name):
--     code may know the constraint by the name that it has
--   column public.orders.kept (not null no inherit):
--     children would be held to another rule than now
--   column public.orders.late (not null not valid):
--     NOT NULL holds for every row, which is more than declared
--   column public.orders.other (not null name):
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
-- 1. Validation on public.orders; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers column-changed public.orders.added
-- Locks public.orders: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.orders ALTER COLUMN added SET NOT NULL;

-- Answers column-changed public.orders.added
-- Locks public.orders: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.orders'::pg_catalog.regclass AND conname = 'orders_added_not_null')) THEN
    ALTER TABLE public.orders RENAME CONSTRAINT orders_added_not_null TO brought;
  END IF;
END$drift$;

-- -------------------------------------------------------------------------------------------------
-- 2. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers column-changed public.orders.told
COMMENT ON CONSTRAINT orders_told_not_null ON public.orders IS 'why';

COMMIT;
