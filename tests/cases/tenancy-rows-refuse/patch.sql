-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   unique-missing public.docs.docs_tenant_id_slug_key
--
-- It leaves 6 things:
--   table public.docs:
--     rls-disabled: the expected SQL does not enable it either
--   table public.lines:
--     rls-disabled: the expected SQL does not enable it either
--   table public.lines:
--     tenant-index-missing: the expected SQL declares no such index either
--   primary key public.lines.lines_pkey:
--     pk-not-tenant-scoped: the expected SQL does not declare the wider key either
--   unique public.docs.docs_tenant_id_name_key:
--     1 value of (tenant_id, name) occurs in several rows of public.docs: decide which of the rows
--     stay, and write the next patch
--   foreign key public.lines.lines_tenant_id_doc_id_fkey:
--     1 row of public.lines names by (tenant_id, doc_id) what is not in public.docs: correct them, or
--     add what they name, and write the next patch

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
-- 1. Indexes of public.docs, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers unique-missing public.docs.docs_tenant_id_slug_key
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'docs_tenant_id_slug_key' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.docs_tenant_id_slug_key is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.docs_tenant_id_slug_key; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers unique-missing public.docs.docs_tenant_id_slug_key
-- Locks public.docs: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS docs_tenant_id_slug_key ON public.docs (tenant_id, slug);
SET lock_timeout = '2s';

-- Answers unique-missing public.docs.docs_tenant_id_slug_key
-- Locks public.docs: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.docs'::pg_catalog.regclass AND conname = 'docs_tenant_id_slug_key') THEN
    ALTER TABLE public.docs ADD CONSTRAINT docs_tenant_id_slug_key UNIQUE USING INDEX docs_tenant_id_slug_key;
  END IF;
END$drift$;
