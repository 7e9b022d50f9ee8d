-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   share-column-missing public.notes.is_shared
--   tenant-column-missing public.notes.tenant_id
--
-- It leaves 4 things:
--   table public.leftovers:
--     an additive repair removes nothing: drop it by hand, or declare it
--   table public.notes (force row security):
--     it would hide the rows of public.notes that have no tenant yet: write the next patch with
--     --backfill 'notes=<tenant id or SQL expression>'
--   table public.notes (row security):
--     it would hide the rows of public.notes that have no tenant yet: write the next patch with
--     --backfill 'notes=<tenant id or SQL expression>'
--   column public.notes.tenant_id (not null):
--     rows that exist need a value for tenant_id first; give one with --backfill 'notes=<uuid or SQL
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
-- 1. What has to be there before anything is changed
-- -------------------------------------------------------------------------------------------------

DO $drift$BEGIN
  IF NOT (EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'app')) THEN
    RAISE EXCEPTION USING MESSAGE = 'role app does not exist: create it, and then run this patch again';
  END IF;
END$drift$;

-- -------------------------------------------------------------------------------------------------
-- 2. Columns of public.notes
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers share-column-missing public.notes.is_shared
-- Locks public.notes: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.notes ADD COLUMN IF NOT EXISTS is_shared boolean DEFAULT false NOT NULL;

-- Answers tenant-column-missing public.notes.tenant_id
-- Locks public.notes: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.notes ADD COLUMN IF NOT EXISTS tenant_id uuid;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 3. Constraints of public.notes, not yet valid
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers tenant-column-missing public.notes.tenant_id
-- Locks public.notes: SHARE ROW EXCLUSIVE (blocks writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.notes'::pg_catalog.regclass AND conname = 'notes_tenant_id_fkey') THEN
    ALTER TABLE public.notes ADD CONSTRAINT notes_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) NOT VALID;
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 4. Validation on public.notes; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers tenant-column-missing public.notes.tenant_id
-- Locks public.notes: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
ALTER TABLE public.notes VALIDATE CONSTRAINT notes_tenant_id_fkey;

-- -------------------------------------------------------------------------------------------------
-- 5. Indexes of public.notes, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers tenant-column-missing public.notes.tenant_id
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

-- Answers tenant-column-missing public.notes.tenant_id
-- Locks public.notes: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS notes_tenant_id_idx ON public.notes (tenant_id);
SET lock_timeout = '2s';

-- -------------------------------------------------------------------------------------------------
-- 6. Triggers, policies, row-level security and grants of public.notes
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers tenant-column-missing public.notes.tenant_id
-- Locks public.notes: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = 'public.notes'::pg_catalog.regclass AND polname = 'notes_own') THEN
    CREATE POLICY notes_own ON public.notes FOR ALL TO app
  USING ((tenant_id = ( SELECT (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid AS "nullif")));
  END IF;
END$drift$;

COMMIT;
