-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 10 findings:
--   column-missing public.people.email
--   procedure-missing public.forget()
--   security-label-missing outside.mask (publication)
--   security-label-missing private.mask
--   security-label-missing private.redact(text).mask
--   security-label-missing public.code.mask (type)
--   security-label-missing public.longest(text).mask
--   security-label-missing public.names.mask
--   security-label-missing public.people.mask
--   sequence-missing public.numbers
--
-- It leaves 3 things:
--   security label public.pair.mask (type) (label):
--     its provider would treat it otherwise at once; run SECURITY LABEL FOR mask ON TYPE public.pair
--     IS 'pair'
--   security label public.people.mask (Born on) (label):
--     its provider would treat it otherwise at once; run SECURITY LABEL FOR mask ON COLUMN
--     public.people."Born on" IS 'MASKED WITH VALUE NULL'
--   security label public.people.mask (id):
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

-- Answers sequence-missing public.numbers
CREATE SEQUENCE IF NOT EXISTS public.numbers AS bigint INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;

-- Answers procedure-missing public.forget()
CREATE OR REPLACE PROCEDURE public.forget()
 LANGUAGE sql
AS $procedure$$procedure$;

-- Answers security-label-missing private.mask
SECURITY LABEL FOR mask ON SCHEMA private IS 'hidden';

-- Answers procedure-missing public.forget()
SECURITY LABEL FOR mask ON PROCEDURE public.forget() IS 'TRUSTED';

-- Answers sequence-missing public.numbers
SECURITY LABEL FOR mask ON SEQUENCE public.numbers IS 'sequence';

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Columns of public.people
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers column-missing public.people.email
-- Locks public.people: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE public.people ADD COLUMN IF NOT EXISTS email text;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 3. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers security-label-missing outside.mask (publication)
SECURITY LABEL FOR mask ON PUBLICATION outside IS 'outside';

-- Answers security-label-missing private.redact(text).mask
SECURITY LABEL FOR mask ON FUNCTION private.redact(pg_catalog.text) IS 'TRUSTED';

-- Answers security-label-missing public.code.mask (type)
SECURITY LABEL FOR mask ON TYPE public.code IS 'code';

-- Answers security-label-missing public.longest(text).mask
SECURITY LABEL FOR mask ON ROUTINE public.longest(pg_catalog.text) IS 'TRUSTED';

-- Answers security-label-missing public.names.mask
SECURITY LABEL FOR mask ON VIEW public.names IS 'view';

-- Answers column-missing public.people.email
SECURITY LABEL FOR "Odd ""one""" ON COLUMN public.people.email IS 'it''s another''s';

-- Answers security-label-missing public.people.mask
SECURITY LABEL FOR mask ON TABLE public.people IS 'rows';

-- Answers column-missing public.people.email
SECURITY LABEL FOR mask ON COLUMN public.people.email IS 'MASKED WITH FUNCTION private.redact(text)';

COMMIT;
