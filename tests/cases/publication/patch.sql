-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   publication-changed wider
--   publication-missing missing
--
-- It leaves 3 things:
--   publication filtered (filters):
--     subscribers would get other rows; run ALTER PUBLICATION … SET TABLE as declared
--   publication filtered (publish):
--     subscribers would get other changes; run ALTER PUBLICATION as declared
--   publication undeclared:
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

-- Answers publication-missing missing
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_publication WHERE pubname = 'missing') THEN
    CREATE PUBLICATION missing FOR TABLE ONLY public.t (id) WHERE (id > 1) WITH (publish = 'insert');
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Triggers, policies, row-level security and grants of publication wider
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers publication-changed wider
-- Locks public.u: SHARE UPDATE EXCLUSIVE (reads and writes go on)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_publication_rel AS r JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid WHERE p.pubname = 'wider' AND r.prrelid = 'public.u'::pg_catalog.regclass) THEN
    ALTER PUBLICATION wider ADD TABLE ONLY public.u;
  END IF;
END$drift$;

COMMIT;
