-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Part 1 of 3, expand: the old application goes on as before; what it writes gets a tenant as far as
-- that can be told. Then deploy the application that sets the tenant, or go on with part 2 at once.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   tenant-column-missing public.docs.tenant_id

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

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: SHARE ROW EXCLUSIVE (blocks writes)
DO $drift1$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = 'public.docs'::pg_catalog.regclass AND attname = 'tenant_id' AND attnotnull
    UNION ALL SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = 'public.docs'::pg_catalog.regclass AND tgname = 'drift_fill_docs_tenant_id') THEN
    CREATE OR REPLACE FUNCTION public.drift_fill_docs_tenant_id() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $drift$BEGIN
  IF NEW.tenant_id IS NULL THEN
    NEW.tenant_id := (SELECT (SELECT (pg_catalog.array_agg(DISTINCT members.tenant_id))[1] FROM public.members AS members WHERE members.user_id = docs.created_by AND members.tenant_id IS NOT NULL HAVING pg_catalog.count(DISTINCT members.tenant_id) = 1) FROM (SELECT NEW.*) AS docs);
  END IF;
  RETURN NEW;
END$drift$;
    CREATE TRIGGER drift_fill_docs_tenant_id BEFORE INSERT ON public.docs FOR EACH ROW EXECUTE FUNCTION public.drift_fill_docs_tenant_id();
  END IF;
END$drift1$;

COMMIT;
-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Part 2 of 3, backfill: values for the rows that exist, batch by batch, each in its own transaction.
-- It can be stopped at any time and run again: a row that has a value is never written again.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   tenant-column-missing public.docs.tenant_id

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
-- 1. Values for the rows of public.docs
-- -------------------------------------------------------------------------------------------------

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: ROW EXCLUSIVE (blocks no reads and no writes of other rows)
-- Changes rows.
DO $drift$#variable_conflict use_column
DECLARE
  drift_started boolean := false;
  drift_after_1 integer;
  drift_looked bigint;
  drift_wrote bigint;
  drift_total bigint := 0;
  drift_without bigint := 0;
BEGIN
  LOOP
    SET LOCAL search_path TO DEFAULT;
    SET LOCAL client_min_messages = notice;
    SET LOCAL plan_cache_mode = force_custom_plan;
    SET LOCAL lock_timeout = '10s';
    WITH batch AS MATERIALIZED (
      SELECT docs.id AS drift_1, (SELECT (pg_catalog.array_agg(DISTINCT members.tenant_id))[1] FROM public.members AS members WHERE members.user_id = docs.created_by AND members.tenant_id IS NOT NULL HAVING pg_catalog.count(DISTINCT members.tenant_id) = 1) AS drift_value
      FROM public.docs
      WHERE docs.tenant_id IS NULL AND (NOT drift_started OR (docs.id) > (drift_after_1))
      ORDER BY docs.id
      LIMIT 5000
    ), written AS (
      UPDATE public.docs AS drift_row SET tenant_id = batch.drift_value
      FROM batch
      WHERE drift_row.id = batch.drift_1 AND drift_row.tenant_id IS NULL AND batch.drift_value IS NOT NULL
      RETURNING 1
    )
    SELECT (SELECT pg_catalog.count(*) FROM batch), (SELECT pg_catalog.count(*) FROM written), last.drift_1
    INTO drift_looked, drift_wrote, drift_after_1
    FROM (SELECT) AS one
    LEFT JOIN (SELECT drift_1 FROM batch ORDER BY drift_1 DESC LIMIT 1) AS last ON true;
    EXIT WHEN drift_looked = 0;
    drift_started := true;
    drift_total := drift_total + drift_wrote;
    drift_without := drift_without + drift_looked - drift_wrote;
    RAISE NOTICE 'public.docs.tenant_id: % rows filled, % without a value, up to %', drift_total, drift_without, ROW(drift_after_1);
    COMMIT;
    EXIT WHEN drift_looked < 5000;
    -- `drift apply` waits here for replicas that are behind.
    WHILE NOT pg_catalog.pg_try_advisory_xact_lock_shared(431416239733) LOOP
      COMMIT;
      PERFORM pg_catalog.pg_sleep(0.2);
    END LOOP;
    COMMIT;
  END LOOP;
END$drift$;
-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Part 3 of 3, contract: from here on every row must have its tenant, and row-level security holds.
-- Run it once the application that sets the tenant is everywhere, and part 2 has ended. Of what is there
-- it takes back only what part 1 brought for the time between (a trigger drift_fill_…, a default).
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   tenant-column-missing public.docs.tenant_id
--
-- It leaves 3 things:
--   table public.docs:
--     rls-disabled: the expected SQL does not enable it either
--   table public.members:
--     rls-disabled: the expected SQL does not enable it either
--   primary key public.docs.docs_pkey:
--     pk-not-tenant-scoped: the declared SQL has to change; the database has no such fault

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
-- 1. Constraints of public.docs, not yet valid
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
-- 2. Validation on public.docs; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = 'public.docs'::pg_catalog.regclass AND attname = 'tenant_id' AND attnotnull UNION ALL SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.docs'::pg_catalog.regclass AND conname = 'drift_tenant_id_not_null') THEN
    ALTER TABLE public.docs ADD CONSTRAINT drift_tenant_id_not_null CHECK (tenant_id IS NOT NULL) NOT VALID;
  END IF;
END$drift$;

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: ROW EXCLUSIVE (blocks no reads and no writes of other rows)
-- Changes rows.
DO $drift$#variable_conflict use_column
DECLARE
  drift_started boolean := false;
  drift_after_1 integer;
  drift_looked bigint;
  drift_wrote bigint;
  drift_total bigint := 0;
  drift_without bigint := 0;
BEGIN
  LOOP
    SET LOCAL search_path TO DEFAULT;
    SET LOCAL client_min_messages = notice;
    SET LOCAL plan_cache_mode = force_custom_plan;
    SET LOCAL lock_timeout = '10s';
    WITH batch AS MATERIALIZED (
      SELECT docs.id AS drift_1, (SELECT (pg_catalog.array_agg(DISTINCT members.tenant_id))[1] FROM public.members AS members WHERE members.user_id = docs.created_by AND members.tenant_id IS NOT NULL HAVING pg_catalog.count(DISTINCT members.tenant_id) = 1) AS drift_value
      FROM public.docs
      WHERE docs.tenant_id IS NULL AND (NOT drift_started OR (docs.id) > (drift_after_1))
      ORDER BY docs.id
      LIMIT 5000
    ), written AS (
      UPDATE public.docs AS drift_row SET tenant_id = batch.drift_value
      FROM batch
      WHERE drift_row.id = batch.drift_1 AND drift_row.tenant_id IS NULL AND batch.drift_value IS NOT NULL
      RETURNING 1
    )
    SELECT (SELECT pg_catalog.count(*) FROM batch), (SELECT pg_catalog.count(*) FROM written), last.drift_1
    INTO drift_looked, drift_wrote, drift_after_1
    FROM (SELECT) AS one
    LEFT JOIN (SELECT drift_1 FROM batch ORDER BY drift_1 DESC LIMIT 1) AS last ON true;
    EXIT WHEN drift_looked = 0;
    drift_started := true;
    drift_total := drift_total + drift_wrote;
    drift_without := drift_without + drift_looked - drift_wrote;
    RAISE NOTICE 'public.docs.tenant_id: % rows filled, % without a value, up to %', drift_total, drift_without, ROW(drift_after_1);
    COMMIT;
    EXIT WHEN drift_looked < 5000;
    -- `drift apply` waits here for replicas that are behind.
    WHILE NOT pg_catalog.pg_try_advisory_xact_lock_shared(431416239733) LOOP
      COMMIT;
      PERFORM pg_catalog.pg_sleep(0.2);
    END LOOP;
    COMMIT;
  END LOOP;
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
-- 3. Indexes of public.docs, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers tenant-column-missing public.docs.tenant_id
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'docs_tenant_id_name_key' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.docs_tenant_id_name_key is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.docs_tenant_id_name_key; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS docs_tenant_id_name_key ON public.docs (tenant_id, name);
SET lock_timeout = '2s';

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.docs'::pg_catalog.regclass AND conname = 'docs_tenant_id_name_key') THEN
    ALTER TABLE public.docs ADD CONSTRAINT docs_tenant_id_name_key UNIQUE USING INDEX docs_tenant_id_name_key;
  END IF;
END$drift$;

-- -------------------------------------------------------------------------------------------------
-- 4. Triggers, policies, row-level security and grants of public.docs
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers tenant-column-missing public.docs.tenant_id
-- Locks public.docs: ACCESS EXCLUSIVE (blocks reads and writes)
DROP TRIGGER IF EXISTS drift_fill_docs_tenant_id ON public.docs;
DROP FUNCTION IF EXISTS public.drift_fill_docs_tenant_id();

COMMIT;
