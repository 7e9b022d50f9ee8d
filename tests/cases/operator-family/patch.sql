-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   operator-family-missing app.missing (btree)
--
-- It leaves 2 things:
--   operator family public.changed (btree) (members):
--     indexes would serve other comparisons at once
--   operator family public.undeclared (gist):
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

-- Answers operator-family-missing app.missing (btree)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT  FROM pg_catalog.pg_opfamily AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod WHERE n.nspname = 'app' AND f.opfname = 'missing' AND m.amname = 'btree') THEN
    CREATE OPERATOR FAMILY app.missing USING btree;
  END IF;
END$drift$;

-- Answers operator-family-missing app.missing (btree)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_amop WHERE amopfamily = (SELECT f.oid FROM pg_catalog.pg_opfamily AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod WHERE n.nspname = 'app' AND f.opfname = 'missing' AND m.amname = 'btree') AND amopstrategy = 1 AND amoplefttype = 'integer'::pg_catalog.regtype AND amoprighttype = 'bigint'::pg_catalog.regtype) THEN
    ALTER OPERATOR FAMILY app.missing USING btree ADD OPERATOR 1 pg_catalog.< (integer, bigint);
  END IF;
END$drift$;

-- Answers operator-family-missing app.missing (btree)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_amop WHERE amopfamily = (SELECT f.oid FROM pg_catalog.pg_opfamily AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod WHERE n.nspname = 'app' AND f.opfname = 'missing' AND m.amname = 'btree') AND amopstrategy = 3 AND amoplefttype = 'integer'::pg_catalog.regtype AND amoprighttype = 'bigint'::pg_catalog.regtype) THEN
    ALTER OPERATOR FAMILY app.missing USING btree ADD OPERATOR 3 pg_catalog.= (integer, bigint);
  END IF;
END$drift$;

-- Answers operator-family-missing app.missing (btree)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_amproc WHERE amprocfamily = (SELECT f.oid FROM pg_catalog.pg_opfamily AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod WHERE n.nspname = 'app' AND f.opfname = 'missing' AND m.amname = 'btree') AND amprocnum = 1 AND amproclefttype = 'integer'::pg_catalog.regtype AND amprocrighttype = 'bigint'::pg_catalog.regtype) THEN
    ALTER OPERATOR FAMILY app.missing USING btree ADD FUNCTION 1 (integer, bigint) btint48cmp(integer,bigint);
  END IF;
END$drift$;

-- Answers operator-family-missing app.missing (btree)
COMMENT ON OPERATOR FAMILY app.missing USING btree IS 'Numbers of all sorts.';

COMMIT;
