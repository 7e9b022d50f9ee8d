-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 11 findings:
--   exclusion-missing public.pairs.pairs_p_excl
--   function-missing public.alike(public.pair, public.pair)
--   function-missing public.below(public.pair, public.pair)
--   function-missing public.compared(public.pair, public.pair)
--   index-missing public.pairs.pairs_p
--   operator-class-missing public.big (btree)
--   operator-class-missing public.by_first (btree)
--   operator-family-changed public.numbers (btree)
--   operator-family-missing public.by_first (btree)
--   operator-missing public.<~(public.pair, public.pair)
--   operator-missing public.=~=(public.pair, public.pair)
--
-- It leaves 4 things:
--   operator class public.boxes (gist) (operators):
--     every index that relies on it would have to be built anew
--   operator class public.changed (hash) (functions):
--     every index that relies on it would have to be built anew
--   operator class public.small (btree) (operators):
--     every index that relies on it would have to be built anew
--   operator class public.undeclared (btree):
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

-- Answers operator-family-missing public.by_first (btree)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT  FROM pg_catalog.pg_opfamily AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod WHERE n.nspname = 'public' AND f.opfname = 'by_first' AND m.amname = 'btree') THEN
    CREATE OPERATOR FAMILY public.by_first USING btree;
  END IF;
END$drift$;

-- Answers operator-family-changed public.numbers (btree)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_amop WHERE amopfamily = (SELECT f.oid FROM pg_catalog.pg_opfamily AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod WHERE n.nspname = 'public' AND f.opfname = 'numbers' AND m.amname = 'btree') AND amopstrategy = 1 AND amoplefttype = 'bigint'::pg_catalog.regtype AND amoprighttype = 'integer'::pg_catalog.regtype) THEN
    ALTER OPERATOR FAMILY public.numbers USING btree ADD OPERATOR 1 pg_catalog.< (bigint, integer);
  END IF;
END$drift$;

-- Answers operator-family-changed public.numbers (btree)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_amproc WHERE amprocfamily = (SELECT f.oid FROM pg_catalog.pg_opfamily AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace JOIN pg_catalog.pg_am AS m ON m.oid = f.opfmethod WHERE n.nspname = 'public' AND f.opfname = 'numbers' AND m.amname = 'btree') AND amprocnum = 1 AND amproclefttype = 'bigint'::pg_catalog.regtype AND amprocrighttype = 'integer'::pg_catalog.regtype) THEN
    ALTER OPERATOR FAMILY public.numbers USING btree ADD FUNCTION 1 (bigint, integer) btint84cmp(bigint,integer);
  END IF;
END$drift$;

-- Answers operator-class-missing public.big (btree)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT  FROM pg_catalog.pg_opclass AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opcnamespace JOIN pg_catalog.pg_am AS m ON m.oid = f.opcmethod WHERE n.nspname = 'public' AND f.opcname = 'big' AND m.amname = 'btree') THEN
    CREATE OPERATOR CLASS public.big FOR TYPE bigint USING btree FAMILY public.numbers AS
  OPERATOR 1 pg_catalog.< (bigint, bigint),
  FUNCTION 1 (bigint, bigint) btint8cmp(bigint,bigint);
  END IF;
END$drift$;

-- Answers function-missing public.alike(public.pair, public.pair)
CREATE OR REPLACE FUNCTION public.alike(public.pair, public.pair)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT $1.a = $2.a$function$;

-- Answers operator-missing public.=~=(public.pair, public.pair)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_operator WHERE oid = pg_catalog.to_regoperator('public.=~=(public.pair, public.pair)') AND oprcode <> 0) THEN
    CREATE OPERATOR public.=~= (
  FUNCTION = public.alike,
  LEFTARG = public.pair,
  RIGHTARG = public.pair,
  COMMUTATOR = OPERATOR(public.=~=)
);
  END IF;
END$drift$;

-- Answers function-missing public.below(public.pair, public.pair)
CREATE OR REPLACE FUNCTION public.below(public.pair, public.pair)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT $1.a < $2.a$function$;

-- Answers operator-missing public.<~(public.pair, public.pair)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_operator WHERE oid = pg_catalog.to_regoperator('public.<~(public.pair, public.pair)') AND oprcode <> 0) THEN
    CREATE OPERATOR public.<~ (
  FUNCTION = public.below,
  LEFTARG = public.pair,
  RIGHTARG = public.pair
);
  END IF;
END$drift$;

-- Answers function-missing public.compared(public.pair, public.pair)
CREATE OR REPLACE FUNCTION public.compared(public.pair, public.pair)
 RETURNS integer
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT $1.a - $2.a$function$;

-- Answers operator-class-missing public.by_first (btree)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT  FROM pg_catalog.pg_opclass AS f JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opcnamespace JOIN pg_catalog.pg_am AS m ON m.oid = f.opcmethod WHERE n.nspname = 'public' AND f.opcname = 'by_first' AND m.amname = 'btree') THEN
    CREATE OPERATOR CLASS public.by_first FOR TYPE public.pair USING btree FAMILY public.by_first AS
  OPERATOR 1 public.<~ (public.pair, public.pair),
  OPERATOR 3 public.=~= (public.pair, public.pair),
  FUNCTION 1 (public.pair, public.pair) public.compared(public.pair,public.pair);
  END IF;
END$drift$;

-- Answers operator-class-missing public.by_first (btree)
COMMENT ON OPERATOR CLASS public.by_first USING btree IS 'The second does not count.';

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Indexes of public.pairs, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers exclusion-missing public.pairs.pairs_p_excl
-- Locks public.pairs: ACCESS EXCLUSIVE (blocks reads and writes)
-- Builds an index: takes time and disk space in proportion to the table.
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.pairs'::pg_catalog.regclass AND conname = 'pairs_p_excl') THEN
    ALTER TABLE public.pairs ADD CONSTRAINT pairs_p_excl EXCLUDE USING btree (p public.by_first WITH OPERATOR(public.=~=));
  END IF;
END$drift$;

-- Answers index-missing public.pairs.pairs_p
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relname = 'pairs_p' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index public.pairs_p is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY public.pairs_p; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers index-missing public.pairs.pairs_p
-- Locks public.pairs: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS pairs_p ON public.pairs (p public.by_first DESC);
SET lock_timeout = '2s';
