-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   table-missing public.new
--
-- It leaves 10 things:
--   table public.t (clustered on):
--     somebody chose another order for the next CLUSTER
--   table public.t (options):
--     storage options change how the table is kept; set them with ALTER TABLE … SET
--   column public.t.body (options):
--     queries may be planned by what ANALYZE is told now
--   column public.t.price (options):
--     queries may be planned by what ANALYZE is told now
--   unique public.keyed.keyed_a_key (options):
--     somebody chose how its index is kept
--   exclusion public.keyed.keyed_b_excl (definition):
--     rows that exist may break the declared constraint; drop keyed_b_excl and add it again as
--     declared
--   index public.t.t_lower (statistics):
--     queries may be planned by what ANALYZE learns now
--   index public.told.told_a (include):
--     queries may depend on the present index; build the declared one under another name, then drop
--     and rename
--   materialized view public.m (clustered on):
--     a materialized view changes only by being dropped and built again
--   materialized view public.m (options):
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

-- Answers table-missing public.new
CREATE TABLE IF NOT EXISTS public.new (
  a integer NOT NULL,
  body text,
  CONSTRAINT new_pkey PRIMARY KEY (a) WITH (fillfactor = '90')
);

-- Answers table-missing public.new
-- Locks public.new: SHARE UPDATE EXCLUSIVE (reads and writes go on)
ALTER TABLE public.new CLUSTER ON new_pkey;

COMMIT;
