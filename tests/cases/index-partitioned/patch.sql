-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 3 findings:
--   index-missing public.events.events_note
--   table-missing public.events_new
--   unique-missing public.events.events_once

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

-- Answers table-missing public.events_new
-- Locks public.events: ACCESS EXCLUSIVE (blocks reads and writes)
CREATE TABLE IF NOT EXISTS public.events_new PARTITION OF public.events FOR VALUES FROM ('2022-01-01') TO ('2023-01-01');

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Indexes of public.events, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers unique-missing public.events.events_once
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'events_now_1_events_once' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.events_now_1_events_once is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.events_now_1_events_once; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers unique-missing public.events.events_once
-- Locks public.events_now_1: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS events_now_1_events_once ON public.events_now_1 (id, day) INCLUDE (note);
SET lock_timeout = '2s';

-- Answers unique-missing public.events.events_once
-- Locks public.events_now_1: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.events_now_1'::pg_catalog.regclass AND conname = 'events_now_1_events_once') THEN
    ALTER TABLE public.events_now_1 ADD CONSTRAINT events_now_1_events_once UNIQUE USING INDEX events_now_1_events_once;
  END IF;
END$drift$;

-- Answers unique-missing public.events.events_once
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'events_now_rest_events_once' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.events_now_rest_events_once is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.events_now_rest_events_once; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers unique-missing public.events.events_once
-- Locks public.events_now_rest: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS events_now_rest_events_once ON public.events_now_rest (id, day) INCLUDE (note);
SET lock_timeout = '2s';

-- Answers unique-missing public.events.events_once
-- Locks public.events_now_rest: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.events_now_rest'::pg_catalog.regclass AND conname = 'events_now_rest_events_once') THEN
    ALTER TABLE public.events_now_rest ADD CONSTRAINT events_now_rest_events_once UNIQUE USING INDEX events_now_rest_events_once;
  END IF;
END$drift$;

-- Answers unique-missing public.events.events_once
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'events_old_events_once' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.events_old_events_once is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.events_old_events_once; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers unique-missing public.events.events_once
-- Locks public.events_old: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS events_old_events_once ON public.events_old (id, day) INCLUDE (note);
SET lock_timeout = '2s';

-- Answers unique-missing public.events.events_once
-- Locks public.events_old: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.events_old'::pg_catalog.regclass AND conname = 'events_old_events_once') THEN
    ALTER TABLE public.events_old ADD CONSTRAINT events_old_events_once UNIQUE USING INDEX events_old_events_once;
  END IF;
END$drift$;

-- Answers unique-missing public.events.events_once
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'events_new_events_once' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.events_new_events_once is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.events_new_events_once; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers unique-missing public.events.events_once
-- Locks public.events_new: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS events_new_events_once ON public.events_new (id, day) INCLUDE (note);
SET lock_timeout = '2s';

-- Answers unique-missing public.events.events_once
-- Locks public.events_new: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.events_new'::pg_catalog.regclass AND conname = 'events_new_events_once') THEN
    ALTER TABLE public.events_new ADD CONSTRAINT events_new_events_once UNIQUE USING INDEX events_new_events_once;
  END IF;
END$drift$;

-- Answers unique-missing public.events.events_once
-- Locks public.events: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.events'::pg_catalog.regclass AND conname = 'events_once') THEN
    ALTER TABLE public.events ADD CONSTRAINT events_once UNIQUE (id, day) INCLUDE (note);
  END IF;
END$drift$;

-- Answers index-missing public.events.events_note
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'events_now_1_events_note' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.events_now_1_events_note is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.events_now_1_events_note; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers index-missing public.events.events_note
-- Locks public.events_now_1: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_now_1_events_note ON public.events_now_1 (lower(note)) WHERE (note <> ''::text);
SET lock_timeout = '2s';

-- Answers index-missing public.events.events_note
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'events_now_rest_events_note' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.events_now_rest_events_note is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.events_now_rest_events_note; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers index-missing public.events.events_note
-- Locks public.events_now_rest: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_now_rest_events_note ON public.events_now_rest (lower(note)) WHERE (note <> ''::text);
SET lock_timeout = '2s';

-- Answers index-missing public.events.events_note
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'events_old_events_note' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.events_old_events_note is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.events_old_events_note; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers index-missing public.events.events_note
-- Locks public.events_old: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_old_events_note ON public.events_old (lower(note)) WHERE (note <> ''::text);
SET lock_timeout = '2s';

-- Answers index-missing public.events.events_note
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'events_new_events_note' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.events_new_events_note is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.events_new_events_note; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers index-missing public.events.events_note
-- Locks public.events_new: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_new_events_note ON public.events_new (lower(note)) WHERE (note <> ''::text);
SET lock_timeout = '2s';

-- Answers index-missing public.events.events_note
-- Locks public.events: SHARE (blocks writes)
CREATE INDEX IF NOT EXISTS events_note ON public.events (lower(note)) WHERE (note <> ''::text);
