-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 4 findings:
--   column-changed public.counted.id
--   sequence-missing public.counted_id_seq
--   table-missing public.anybodys
--   table-missing public.made
--
-- It leaves 1 thing:
--   function public.one() (owner):
--     a new owner takes over every right on it; as a member of both roles run ALTER FUNCTION
--     public.one() OWNER TO app

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

-- Answers table-missing public.anybodys
CREATE TABLE IF NOT EXISTS public.anybodys (
  id integer
);

-- Answers table-missing public.made
CREATE TABLE IF NOT EXISTS public.made (
  id integer
);

-- Answers table-missing public.made
ALTER TABLE public.made OWNER TO app;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 3. New objects, complete in one transaction
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers sequence-missing public.counted_id_seq
CREATE SEQUENCE IF NOT EXISTS public.counted_id_seq AS integer INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 4. Columns of public.counted
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers column-changed public.counted.id
-- Locks public.counted: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE ONLY public.counted ALTER COLUMN id SET DEFAULT nextval('public.counted_id_seq'::regclass);

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 5. New objects, complete in one transaction
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers sequence-missing public.counted_id_seq
DO $drift$BEGIN
  EXECUTE 'ALTER SEQUENCE public.counted_id_seq OWNER TO ' || (SELECT pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(relowner))
    FROM pg_catalog.pg_class WHERE oid = 'public.counted'::pg_catalog.regclass);
END$drift$;

-- Answers sequence-missing public.counted_id_seq
ALTER SEQUENCE public.counted_id_seq OWNED BY public.counted.id;

COMMIT;
