-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   tenant-column-nullable public.lines.tenant_id
--   tenant-column-nullable public.notes.tenant_id
--
-- It leaves 12 things:
--   table public.docs:
--     rls-disabled: the expected SQL does not enable it either
--   table public.docs:
--     parent-key-missing: the expected SQL does not declare the key either
--   table public.docs:
--     tenant-index-missing: the expected SQL declares no such index either
--   table public.lines:
--     rls-disabled: the expected SQL does not enable it either
--   table public.lines:
--     tenant-index-missing: the expected SQL declares no such index either
--   table public.notes:
--     rls-disabled: the expected SQL does not enable it either
--   table public.notes:
--     tenant-index-missing: the expected SQL declares no such index either
--   primary key public.docs.docs_pkey:
--     pk-not-tenant-scoped: the expected SQL does not declare the wider key either
--   primary key public.lines.lines_pkey:
--     pk-not-tenant-scoped: the expected SQL does not declare the wider key either
--   primary key public.notes.notes_pkey:
--     pk-not-tenant-scoped: the expected SQL does not declare the wider key either
--   foreign key public.lines.lines_doc_id_fkey:
--     fk-crosses-tenants: the composite key is added beside this one, which is dropped in a step of
--     its own once it holds
--   foreign key public.notes.notes_doc_id_fkey:
--     fk-crosses-tenants: the composite key is added beside this one, which is dropped in a step of
--     its own once it holds

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
-- 1. Values for the rows of public.lines
-- -------------------------------------------------------------------------------------------------

BEGIN;
-- Triggers and expressions see the path that the application sees.
SET LOCAL search_path TO DEFAULT;

-- Answers tenant-column-nullable public.lines.tenant_id
-- Locks public.lines: ROW EXCLUSIVE (blocks no reads and no writes of other rows)
-- Changes rows.
UPDATE public.lines SET tenant_id = (SELECT docs.tenant_id FROM public.docs AS docs WHERE docs.id = lines.doc_id) WHERE tenant_id IS NULL;
COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Values for the rows of public.notes
-- -------------------------------------------------------------------------------------------------

BEGIN;
-- Triggers and expressions see the path that the application sees.
SET LOCAL search_path TO DEFAULT;

-- Answers tenant-column-nullable public.notes.tenant_id
-- Locks public.notes: ROW EXCLUSIVE (blocks no reads and no writes of other rows)
-- Changes rows.
UPDATE public.notes SET tenant_id = (SELECT docs.tenant_id FROM public.docs AS docs WHERE docs.id = notes.doc_id) WHERE tenant_id IS NULL;
COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 3. Validation on public.lines; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers tenant-column-nullable public.lines.tenant_id
-- Locks public.lines: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF pg_catalog.current_setting('server_version_num')::int4 >= 180000 AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = 'public.lines'::pg_catalog.regclass AND attname = 'tenant_id' AND attnotnull) THEN
    ALTER TABLE public.lines ADD CONSTRAINT lines_tenant_id_not_null NOT NULL tenant_id NOT VALID;
  END IF;
END$drift$;

-- Answers tenant-column-nullable public.lines.tenant_id
-- Locks public.lines: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
DO $drift$BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.lines'::pg_catalog.regclass AND conname = 'lines_tenant_id_not_null' AND NOT convalidated) THEN
    ALTER TABLE public.lines VALIDATE CONSTRAINT lines_tenant_id_not_null;
  ELSIF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = 'public.lines'::pg_catalog.regclass AND attname = 'tenant_id' AND attnotnull) THEN
    ALTER TABLE public.lines ALTER COLUMN tenant_id SET NOT NULL;
  END IF;
END$drift$;

-- -------------------------------------------------------------------------------------------------
-- 4. Validation on public.notes; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers tenant-column-nullable public.notes.tenant_id
-- Locks public.notes: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
DO $drift$BEGIN
  IF NOT EXISTS (SELECT WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.notes'::pg_catalog.regclass AND conname = 'notes_tenant_id_not_null' AND NOT convalidated)) THEN
    ALTER TABLE public.notes VALIDATE CONSTRAINT notes_tenant_id_not_null;
  END IF;
END$drift$;
