-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   subscription-missing missing
--
-- It leaves 6 things:
--   subscription changed (connection):
--     other rows would come, or none; run ALTER SUBSCRIPTION
--   subscription changed (options):
--     other rows would come, or none; run ALTER SUBSCRIPTION
--   subscription changed (publications):
--     other rows would come, or none; run ALTER SUBSCRIPTION
--   subscription changed (slot name):
--     other rows would come, or none; run ALTER SUBSCRIPTION
--   subscription moved (connection):
--     other rows would come, or none; run ALTER SUBSCRIPTION
--   subscription undeclared:
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

-- Answers subscription-missing missing
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_subscription AS s JOIN pg_catalog.pg_database AS b ON b.oid = s.subdbid WHERE b.datname = pg_catalog.current_database() AND s.subname = 'missing') THEN
    CREATE SUBSCRIPTION missing CONNECTION E'dbname=''it\\''s'' host=far' PUBLICATION a, b WITH (connect = false, slot_name = NONE);
  END IF;
END$drift$;

-- Answers subscription-missing missing
COMMENT ON SUBSCRIPTION missing IS 'Rows from afar.';

COMMIT;
