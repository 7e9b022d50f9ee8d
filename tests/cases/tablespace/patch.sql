-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 1 finding:
--   table-missing public.fresh
--
-- It leaves 12 things:
--   table public.events (tablespace):
--     the server copies all of it to another place, and lets nobody in meanwhile
--   table public.events_new (tablespace):
--     the server copies all of it to another place, and lets nobody in meanwhile
--   table public.events_old (tablespace):
--     the server copies all of it to another place, and lets nobody in meanwhile
--   table public.lines (tablespace):
--     the server copies all of it to another place, and lets nobody in meanwhile
--   table public.orders (tablespace):
--     the server copies all of it to another place, and lets nobody in meanwhile
--   primary key public.lines.lines_pkey (tablespace):
--     the server copies all of it to another place, and lets nobody in meanwhile
--   primary key public.orders.orders_pkey (tablespace):
--     the server copies all of it to another place, and lets nobody in meanwhile
--   unique public.orders.orders_number (tablespace):
--     the server copies all of it to another place, and lets nobody in meanwhile
--   exclusion public.orders.orders_once (tablespace):
--     the server copies all of it to another place, and lets nobody in meanwhile
--   index public.events.events_at (tablespace):
--     the server copies all of it to another place, and lets nobody in meanwhile
--   index public.lines.lines_order (tablespace):
--     the server copies all of it to another place, and lets nobody in meanwhile
--   materialized view public.totals (tablespace):
--     the server copies all of it to another place, and lets nobody in meanwhile

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

-- Answers table-missing public.fresh
CREATE TABLE IF NOT EXISTS public.fresh (
  id integer NOT NULL,
  CONSTRAINT fresh_pkey PRIMARY KEY (id) USING INDEX TABLESPACE fast
) TABLESPACE fast;

COMMIT;
