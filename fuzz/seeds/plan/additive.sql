-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 2 findings:
--   column-missing app.notes.is_shared
--   grant-missing app.notes.public
--
-- It leaves 4 things:
--   sequence app.s:
--     an additive repair removes nothing: drop it by hand, or declare it
--   check app.notes.long (definition):
--     rows that exist may break the declared check; drop long and add it again as declared
--   view app.shared (definition):
--     replacing a view changes what its readers see; run CREATE OR REPLACE VIEW as declared
--   policy app.notes.mine (using):
--     another policy shows or hides other rows at once; drop it and create it as declared

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
-- 1. Columns of app.notes
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers column-missing app.notes.is_shared
-- Locks app.notes: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE app.notes ADD COLUMN IF NOT EXISTS is_shared boolean DEFAULT false NOT NULL;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Indexes of app.notes, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers column-missing app.notes.is_shared
DO $drift$BEGIN
  IF NOT (NOT EXISTS (SELECT FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'app' AND c.relname = 'notes_tenant' AND NOT i.indisvalid)) THEN
    RAISE EXCEPTION USING MESSAGE = 'index app.notes_tenant is invalid: an earlier attempt to build it failed. Run DROP INDEX CONCURRENTLY app.notes_tenant; and then this patch again';
  END IF;
END$drift$;

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Answers column-missing app.notes.is_shared
-- Locks app.notes: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS notes_tenant ON app.notes (tenant_id) WHERE is_shared;
SET lock_timeout = '2s';

-- -------------------------------------------------------------------------------------------------
-- 3. Triggers, policies, row-level security and grants of app.notes
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers grant-missing app.notes.public
GRANT SELECT ON TABLE app.notes TO PUBLIC;

COMMIT;

-- For `drift apply <this file>`: it runs the plan as it was written, on the database that it was made for,
-- and says what has moved or was edited. Plain psql reads over it.
-- drift-plan 1 38eea7249d6904e8faeb47a6817d710cdca0f50629c41847a502250460a0fb37
-- | {"way":"additive","live":false,"goal":{"spec":"/tmp/h/fz/s/small.sql"},"left":[{"object":"check a
-- | pp.notes.long","attribute":"definition"},{"object":"policy app.notes.mine","attribute":"using"}
-- | ,{"object":"sequence app.s"},{"object":"view app.shared","attribute":"definition"}],"touches":[
-- | "app.notes","app.shared"],"made_for":{"server_version":170005,"whole":"5adb3a46c180212d9ae8efc8
-- | f240b57e5a997edff951ddbddb760f10cd6d1878","parts":{"app.email":"4e3836f1","app.logs":"8c1edd8f"
-- | ,"app.logs_1":"50a44844","app.mood":"7ac8fbb4","app.notes":"624c6a1c","app.s":"c8fe1e9e","app.s
-- | hared":"0c9249d5","app.tenant()":"5a026898","app.tenants":"11cc43ce","app.touch()":"d010574c","
-- | database itself":"9dc7106d","schema app":"5447cf46","schema public":"e0b4bac9"}},"titles":[[34,
-- | "Columns of app.notes"],[45,"Indexes of app.notes, built while reads and writes go on"],[68,"Tr
-- | iggers, policies, row-level security and grants of app.notes"]],"statements":[{"at":25,"lines":
-- | 1,"sum":"7c7a1b7d"},{"at":26,"lines":1,"sum":"37d0844a"},{"at":27,"lines":1,"sum":"6b5f7aaf"},{
-- | "at":28,"lines":1,"sum":"a21afcb8"},{"at":29,"lines":1,"sum":"936eb7b9"},{"at":30,"lines":1,"su
-- | m":"4a273063"},{"at":31,"lines":1,"sum":"8c88da97"},{"at":36,"lines":1,"sum":"09d5c7e4"},{"at":
-- | 40,"lines":1,"sum":"ac936194","step":{"lock":"access-exclusive","relation":"app.notes"}},{"at":
-- | 42,"lines":1,"sum":"2db35aa3"},{"at":49,"lines":8,"sum":"2b248eab","step":{"lock":"none"}},{"at
-- | ":59,"lines":1,"sum":"c6e3ff93"},{"at":64,"lines":1,"sum":"4540c177","step":{"lock":"share-upda
-- | te-exclusive","relation":"app.notes","hazards":["index-build"],"alone":true}},{"at":65,"lines":
-- | 1,"sum":"8c88da97"},{"at":70,"lines":1,"sum":"09d5c7e4"},{"at":73,"lines":1,"sum":"c875249e","s
-- | tep":{"lock":"none"}},{"at":75,"lines":1,"sum":"2db35aa3"}]}
