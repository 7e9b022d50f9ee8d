-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 8 findings:
--   check-missing public.pairs.pairs_p_check
--   function-missing public.not_below(public.pair, public.pair)
--   function-missing public.turned(public.pair)
--   operator-changed public.<~(public.pair, public.pair)
--   operator-missing public.>=~(public.pair, public.pair)
--   operator-missing public.@@~(NONE, public.pair)
--   operator-missing public.~>(public.pair, public.pair)
--   view-missing public.turned_pairs
--
-- It leaves 7 things:
--   operator public.<<~(public.pair, public.pair):
--     an additive repair removes nothing: drop it by hand, or declare it
--   operator public.<~(public.pair, public.pair) (join):
--     statements that use it would be planned otherwise at once
--   operator public.<~(public.pair, public.pair) (restrict):
--     statements that use it would be planned otherwise at once
--   operator public.=~=(public.pair, public.pair) (commutator):
--     statements that use it would be planned otherwise at once
--   operator public.=~=(public.pair, public.pair) (hashes):
--     statements that use it would be planned otherwise at once
--   operator public.=~=(public.pair, public.pair) (merges):
--     statements that use it would be planned otherwise at once
--   operator public.>>~(public.pair, public.pair):
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

-- Answers operator-missing public.~>(public.pair, public.pair)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_operator WHERE oid = pg_catalog.to_regoperator('public.~>(public.pair, public.pair)') AND oprcode <> 0) THEN
    CREATE OPERATOR public.~> (
  FUNCTION = public.above,
  LEFTARG = public.pair,
  RIGHTARG = public.pair,
  COMMUTATOR = OPERATOR(public.<~)
);
  END IF;
END$drift$;

-- Answers function-missing public.not_below(public.pair, public.pair)
CREATE OR REPLACE FUNCTION public.not_below(public.pair, public.pair)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT $1.a >= $2.a$function$;

-- Answers operator-missing public.>=~(public.pair, public.pair)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_operator WHERE oid = pg_catalog.to_regoperator('public.>=~(public.pair, public.pair)') AND oprcode <> 0) THEN
    CREATE OPERATOR public.>=~ (
  FUNCTION = public.not_below,
  LEFTARG = public.pair,
  RIGHTARG = public.pair,
  NEGATOR = OPERATOR(public.<~)
);
  END IF;
END$drift$;

-- Answers function-missing public.turned(public.pair)
CREATE OR REPLACE FUNCTION public.turned(public.pair)
 RETURNS public.pair
 LANGUAGE sql
 IMMUTABLE
AS $function$SELECT ROW($1.b, $1.a)::pair$function$;

-- Answers operator-missing public.@@~(NONE, public.pair)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_operator WHERE oid = pg_catalog.to_regoperator('public.@@~(NONE, public.pair)') AND oprcode <> 0) THEN
    CREATE OPERATOR public.@@~ (
  FUNCTION = public.turned,
  RIGHTARG = public.pair
);
  END IF;
END$drift$;

-- Answers view-missing public.turned_pairs
CREATE OR REPLACE VIEW public.turned_pairs AS
 SELECT (OPERATOR(public.@@~) p) AS p
   FROM public.pairs;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Constraints of public.pairs, not yet valid
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers check-missing public.pairs.pairs_p_check
-- Locks public.pairs: ACCESS EXCLUSIVE (blocks reads and writes)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = 'public.pairs'::pg_catalog.regclass AND conname = 'pairs_p_check') THEN
    ALTER TABLE public.pairs ADD CONSTRAINT pairs_p_check CHECK ((NOT (p OPERATOR(public.<~) ROW(0, 0)::public.pair))) NOT VALID;
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 3. Validation on public.pairs; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers check-missing public.pairs.pairs_p_check
-- Locks public.pairs: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
ALTER TABLE public.pairs VALIDATE CONSTRAINT pairs_p_check;

-- -------------------------------------------------------------------------------------------------
-- 4. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers operator-changed public.<~(public.pair, public.pair)
COMMENT ON OPERATOR public.<~ (public.pair, public.pair) IS 'By the first.';

COMMIT;
