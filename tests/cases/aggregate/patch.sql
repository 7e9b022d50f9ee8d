-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 4 findings:
--   aggregate-missing public.least_of(integer)
--   aggregate-missing public.middle(double precision, anyelement)
--   aggregate-missing public.place("any")
--   aggregate-missing public.rows_seen()
--
-- It leaves 7 things:
--   aggregate public.total(integer) (combine):
--     replacing it changes what every caller gets, at once
--   aggregate public.total(integer) (initial):
--     replacing it changes what every caller gets, at once
--   aggregate public.total(integer) (moving initial):
--     replacing it changes what every caller gets, at once
--   aggregate public.total(integer) (moving inverse):
--     replacing it changes what every caller gets, at once
--   aggregate public.total(integer) (moving state):
--     replacing it changes what every caller gets, at once
--   aggregate public.total(integer) (moving transition):
--     replacing it changes what every caller gets, at once
--   aggregate public.total(integer) (parallel):
--     replacing it changes what every caller gets, at once

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

-- Answers aggregate-missing public.least_of(integer)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT WHERE pg_catalog.to_regprocedure('public.least_of(integer)') IS NOT NULL) THEN
    CREATE AGGREGATE public.least_of(integer) (
  SFUNC = int4smaller,
  STYPE = integer,
  SORTOP = OPERATOR(pg_catalog.<)
);
  END IF;
END$drift$;

-- Answers aggregate-missing public.middle(double precision, anyelement)
DO $drift$BEGIN
  IF NOT EXISTS (SELECT WHERE pg_catalog.to_regprocedure('public.middle(double precision, anyelement)') IS NOT NULL) THEN
    CREATE AGGREGATE public.middle(double precision ORDER BY anyelement) (
  SFUNC = ordered_set_transition,
  STYPE = internal,
  FINALFUNC = percentile_disc_final,
  FINALFUNC_EXTRA
);
  END IF;
END$drift$;

-- Answers aggregate-missing public.place("any")
DO $drift$BEGIN
  IF NOT EXISTS (SELECT WHERE pg_catalog.to_regprocedure('public.place("any")') IS NOT NULL) THEN
    CREATE AGGREGATE public.place(VARIADIC "any" ORDER BY VARIADIC "any") (
  SFUNC = ordered_set_transition_multi,
  STYPE = internal,
  FINALFUNC = rank_final,
  FINALFUNC_EXTRA,
  HYPOTHETICAL
);
  END IF;
END$drift$;

-- Answers aggregate-missing public.rows_seen()
DO $drift$BEGIN
  IF NOT EXISTS (SELECT WHERE pg_catalog.to_regprocedure('public.rows_seen()') IS NOT NULL) THEN
    CREATE AGGREGATE public.rows_seen(*) (
  SFUNC = int8inc,
  STYPE = bigint,
  INITCOND = '0'
);
  END IF;
END$drift$;

-- Answers aggregate-missing public.middle(double precision, anyelement)
COMMENT ON AGGREGATE public.middle(double precision ORDER BY anyelement) IS 'as percentile_disc';

COMMIT;
