-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 3 findings:
--   tenant-column-missing public.docs.tenant_id
--   tenant-column-missing public.lines.tenant_id
--   tenant-column-missing public.plans.tenant_id
--
-- It leaves 14 things:
--   table public.docs:
--     rls-disabled: the expected SQL does not enable it either
--   table public.docs:
--     parent-key-missing: the declared SQL has to change; the database has no such fault
--   table public.docs:
--     tenant-index-missing: the declared SQL has to change; the database has no such fault
--   table public.lines:
--     rls-disabled: the expected SQL does not enable it either
--   table public.lines:
--     tenant-index-missing: the declared SQL has to change; the database has no such fault
--   table public.members:
--     rls-disabled: the expected SQL does not enable it either
--   table public.plans:
--     rls-disabled: the expected SQL does not enable it either
--   table public.plans:
--     tenant-index-missing: the declared SQL has to change; the database has no such fault
--   column public.plans.tenant_id (not null):
--     1 row of public.plans gets no tenant_id from `docs via doc_id`: give these rows a value, or
--     another backfill, and write the next patch
--   primary key public.docs.docs_pkey:
--     pk-not-tenant-scoped: the declared SQL has to change; the database has no such fault
--   primary key public.lines.lines_pkey:
--     pk-not-tenant-scoped: the declared SQL has to change; the database has no such fault
--   primary key public.plans.plans_pkey:
--     pk-not-tenant-scoped: the declared SQL has to change; the database has no such fault
--   foreign key public.lines.lines_doc_id_fkey:
--     fk-crosses-tenants: the declared SQL has to change; the database has no such fault
--   foreign key public.plans.plans_doc_id_fkey:
--     fk-crosses-tenants: the declared SQL has to change; the database has no such fault

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
-- 1. Columns of public.docs
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.docs ADD COLUMN IF NOT EXISTS tenant_id uuid;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Columns of public.lines
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers tenant-column-missing public.lines.tenant_id
-- Locks public.lines: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.lines ADD COLUMN IF NOT EXISTS tenant_id uuid;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 3. Columns of public.plans
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers tenant-column-missing public.plans.tenant_id
-- Locks public.plans: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.plans ADD COLUMN IF NOT EXISTS tenant_id uuid;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 4. Values for the rows of public.docs
-- -------------------------------------------------------------------------------------------------

BEGIN;
-- Triggers and expressions see the path that the application sees.
SET LOCAL search_path TO DEFAULT;

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: ROW EXCLUSIVE (blocks no reads and no writes of other rows)
-- Changes rows.
UPDATE public.docs SET tenant_id = (SELECT (pg_catalog.array_agg(DISTINCT members.tenant_id))[1] FROM public.members AS members WHERE members.user_id = docs.created_by AND members.tenant_id IS NOT NULL HAVING pg_catalog.count(DISTINCT members.tenant_id) = 1) WHERE tenant_id IS NULL;
COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 5. Values for the rows of public.lines
-- -------------------------------------------------------------------------------------------------

BEGIN;
-- Triggers and expressions see the path that the application sees.
SET LOCAL search_path TO DEFAULT;

-- Answers tenant-column-missing public.lines.tenant_id
-- Locks public.lines: ROW EXCLUSIVE (blocks no reads and no writes of other rows)
-- Changes rows.
UPDATE public.lines SET tenant_id = (SELECT docs.tenant_id FROM public.docs AS docs WHERE docs.id = lines.doc_id) WHERE tenant_id IS NULL;
COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 6. Values for the rows of public.plans
-- -------------------------------------------------------------------------------------------------

BEGIN;
-- Triggers and expressions see the path that the application sees.
SET LOCAL search_path TO DEFAULT;

-- Answers tenant-column-missing public.plans.tenant_id
-- Locks public.plans: ROW EXCLUSIVE (blocks no reads and no writes of other rows)
-- Changes rows.
UPDATE public.plans SET tenant_id = (SELECT docs.tenant_id FROM public.docs AS docs WHERE docs.id = plans.doc_id) WHERE tenant_id IS NULL;
COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 7. Constraints of public.docs, not yet valid
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: SHARE ROW EXCLUSIVE (blocks writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.docs'::pg_catalog.regclass AND conname = 'docs_tenant_id_fkey') THEN
    ALTER TABLE public.docs ADD CONSTRAINT docs_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) NOT VALID;
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 8. Constraints of public.lines, not yet valid
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers tenant-column-missing public.lines.tenant_id
-- Locks public.lines: SHARE ROW EXCLUSIVE (blocks writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.lines'::pg_catalog.regclass AND conname = 'lines_tenant_id_fkey') THEN
    ALTER TABLE public.lines ADD CONSTRAINT lines_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) NOT VALID;
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 9. Constraints of public.plans, not yet valid
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers tenant-column-missing public.plans.tenant_id
-- Locks public.plans: SHARE ROW EXCLUSIVE (blocks writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.plans'::pg_catalog.regclass AND conname = 'plans_tenant_id_fkey') THEN
    ALTER TABLE public.plans ADD CONSTRAINT plans_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) NOT VALID;
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 10. Validation on public.docs; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = 'public.docs'::pg_catalog.regclass AND attname = 'tenant_id' AND attnotnull UNION ALL SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.docs'::pg_catalog.regclass AND conname = 'drift_tenant_id_not_null') THEN
    ALTER TABLE public.docs ADD CONSTRAINT drift_tenant_id_not_null CHECK (tenant_id IS NOT NULL) NOT VALID;
  END IF;
END$drift$;

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = 'public.docs'::pg_catalog.regclass AND attname = 'tenant_id' AND attnotnull) THEN
    ALTER TABLE public.docs VALIDATE CONSTRAINT drift_tenant_id_not_null;
  END IF;
END$drift$;

BEGIN;

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.docs ALTER COLUMN tenant_id SET NOT NULL;
ALTER TABLE public.docs DROP CONSTRAINT IF EXISTS drift_tenant_id_not_null;
COMMIT;

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
ALTER TABLE public.docs VALIDATE CONSTRAINT docs_tenant_id_fkey;

-- -------------------------------------------------------------------------------------------------
-- 11. Validation on public.lines; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers tenant-column-missing public.lines.tenant_id
-- Locks public.lines: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = 'public.lines'::pg_catalog.regclass AND attname = 'tenant_id' AND attnotnull UNION ALL SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.lines'::pg_catalog.regclass AND conname = 'drift_tenant_id_not_null') THEN
    ALTER TABLE public.lines ADD CONSTRAINT drift_tenant_id_not_null CHECK (tenant_id IS NOT NULL) NOT VALID;
  END IF;
END$drift$;

-- Answers tenant-column-missing public.lines.tenant_id
-- Locks public.lines: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = 'public.lines'::pg_catalog.regclass AND attname = 'tenant_id' AND attnotnull) THEN
    ALTER TABLE public.lines VALIDATE CONSTRAINT drift_tenant_id_not_null;
  END IF;
END$drift$;

BEGIN;

-- Answers tenant-column-missing public.lines.tenant_id
-- Locks public.lines: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.lines ALTER COLUMN tenant_id SET NOT NULL;
ALTER TABLE public.lines DROP CONSTRAINT IF EXISTS drift_tenant_id_not_null;
COMMIT;

-- Answers tenant-column-missing public.lines.tenant_id
-- Locks public.lines: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
ALTER TABLE public.lines VALIDATE CONSTRAINT lines_tenant_id_fkey;

-- -------------------------------------------------------------------------------------------------
-- 12. Validation on public.plans; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers tenant-column-missing public.plans.tenant_id
-- Locks public.plans: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
ALTER TABLE public.plans VALIDATE CONSTRAINT plans_tenant_id_fkey;
