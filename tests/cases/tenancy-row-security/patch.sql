-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   policy-exists-rls-disabled public.notes
--   tenant-index-missing public.notes
--
-- It leaves 1 thing:
--   table public.tags (row security):
--     without row-level security every role that may read the table reads every row

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
-- 1. Indexes of public.notes, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers tenant-index-missing public.notes
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'notes_tenant_id_idx' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.notes_tenant_id_idx is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.notes_tenant_id_idx; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers tenant-index-missing public.notes
-- Locks public.notes: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS notes_tenant_id_idx ON public.notes (tenant_id);
SET lock_timeout = '2s';

-- -------------------------------------------------------------------------------------------------
-- 2. Triggers, policies, row-level security and grants of public.notes
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers policy-exists-rls-disabled public.notes
-- Locks public.notes: ACCESS EXCLUSIVE (blocks reads and writes)
-- Rows become invisible to roles that saw them.
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;

-- Answers policy-exists-rls-disabled public.notes
-- Locks public.notes: ACCESS EXCLUSIVE (blocks reads and writes)
-- Rows become invisible to roles that saw them.
ALTER TABLE public.notes FORCE ROW LEVEL SECURITY;

COMMIT;
