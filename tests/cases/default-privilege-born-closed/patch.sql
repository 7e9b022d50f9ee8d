-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 3 findings:
--   function-missing public.f()
--   table-missing public.t
--   view-missing public.v

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
-- 1. What has to be there before anything is changed
-- -------------------------------------------------------------------------------------------------

DO $drift$BEGIN
  IF NOT (EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'app')) THEN
    RAISE EXCEPTION USING MESSAGE = 'role app does not exist: create it, and then run this patch again';
  END IF;
END$drift$;

-- -------------------------------------------------------------------------------------------------
-- 2. New objects, complete in one transaction
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers table-missing public.t
CREATE SEQUENCE IF NOT EXISTS public.t_number_seq AS integer INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1;

-- Answers table-missing public.t
CREATE TABLE IF NOT EXISTS public.t (
  id integer GENERATED ALWAYS AS IDENTITY NOT NULL,
  number integer DEFAULT nextval('public.t_number_seq'::regclass) NOT NULL,
  CONSTRAINT t_pkey PRIMARY KEY (id)
);

-- Answers table-missing public.t
REVOKE ALL ON TABLE public.t FROM app, outsider;

-- Answers table-missing public.t
DO $drift$BEGIN
  EXECUTE pg_catalog.format('REVOKE ALL ON SEQUENCE %s FROM outsider', pg_catalog.pg_get_serial_sequence('public.t', 'id'));
END$drift$;

-- Answers table-missing public.t
REVOKE ALL ON SEQUENCE public.t_number_seq FROM outsider;

-- Answers view-missing public.v
CREATE OR REPLACE VIEW public.v AS
 SELECT 1 AS one;

-- Answers view-missing public.v
REVOKE ALL ON TABLE public.v FROM app, outsider;

-- Answers function-missing public.f()
CREATE OR REPLACE FUNCTION public.f()
 RETURNS integer
 LANGUAGE sql
AS $function$SELECT 1$function$;

-- Answers function-missing public.f()
REVOKE ALL ON FUNCTION public.f() FROM outsider;

-- Answers table-missing public.t
GRANT SELECT ON TABLE public.t TO app;

-- Answers table-missing public.t
ALTER SEQUENCE public.t_number_seq OWNED BY public.t.number;

COMMIT;
