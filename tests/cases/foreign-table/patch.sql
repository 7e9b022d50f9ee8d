-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   column-missing public.narrow.note
--   foreign-table-missing public.missing
--
-- It leaves 2 things:
--   foreign table public.elsewhere (options):
--     whoever uses the table would see other rows; run ALTER FOREIGN TABLE
--   foreign table public.undeclared:
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

-- Answers foreign-table-missing public.missing
CREATE FOREIGN TABLE IF NOT EXISTS public.missing (
  id integer OPTIONS (name 'ID') NOT NULL,
  note text COLLATE "C" DEFAULT 'x'::text,
  CONSTRAINT missing_id_check CHECK ((id > 0))
)
SERVER s OPTIONS (file 'one');

-- Answers foreign-table-missing public.missing
COMMENT ON COLUMN public.missing.note IS 'n';

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Columns of public.narrow
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers column-missing public.narrow.note
-- Locks public.narrow: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.narrow ADD COLUMN IF NOT EXISTS note text;

COMMIT;
