-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   rule-missing public.t.keep
--
-- It leaves 3 things:
--   rule public.log.undeclared:
--     an additive repair removes nothing: drop it by hand, or declare it
--   rule public.t.logged (definition):
--     every statement on the relation would do something else
--   rule public.t.off (enabled):
--     every statement on the relation would do something else

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
-- 1. Triggers, policies, row-level security and grants of public.t
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers rule-missing public.t.keep
-- Locks public.t: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_rewrite WHERE ev_class = 'public.t'::pg_catalog.regclass AND rulename = 'keep') THEN
    CREATE RULE keep AS
    ON DELETE TO public.t DO INSTEAD NOTHING;
  END IF;
END$drift$;

COMMIT;
