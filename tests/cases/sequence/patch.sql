-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   sequence-missing public.invoice_number
--   table-missing public.orders
--
-- It leaves 1 thing:
--   sequence public.ticket_number (increment):
--     other numbers may collide with those given out already

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

-- Answers sequence-missing public.invoice_number
CREATE SEQUENCE IF NOT EXISTS public.invoice_number AS bigint INCREMENT BY 10 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1000 CACHE 1;

-- Answers table-missing public.orders
CREATE SEQUENCE IF NOT EXISTS public.orders_id_seq AS integer INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1;

-- Answers table-missing public.orders
CREATE TABLE IF NOT EXISTS public.orders (
  id integer DEFAULT nextval('public.orders_id_seq'::regclass) NOT NULL,
  CONSTRAINT orders_pkey PRIMARY KEY (id)
);

-- Answers table-missing public.orders
ALTER SEQUENCE public.orders_id_seq OWNED BY public.orders.id;

COMMIT;
