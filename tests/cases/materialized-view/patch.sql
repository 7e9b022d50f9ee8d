-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   materialized-view-missing public.totals
--
-- It leaves 1 thing:
--   materialized view public.changed (definition):
--     a materialized view changes only by being dropped and built again

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

-- Answers materialized-view-missing public.totals
CREATE MATERIALIZED VIEW IF NOT EXISTS public.totals AS
 SELECT b,
    count(*) AS n
   FROM public.t
  GROUP BY b;

-- Answers materialized-view-missing public.totals
CREATE UNIQUE INDEX IF NOT EXISTS totals_b ON public.totals (b);

COMMIT;
