-- A full plan, written and proved by `drift fix --full`: it leads to just what is declared.
--
-- LOSES sequence app.s: how far it has counted
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- once, and not with --single-transaction. If it stops, what was committed stays: write the plan anew,
-- which then holds the rest.

-- A statement that waits longer than this for a lock fails, so that nobody queues behind it.
-- With row_security off, rows are never filtered in silence.
SET client_min_messages = warning;
SET standard_conforming_strings = on;
SET check_function_bodies = off;
SET search_path = pg_catalog;
SET row_security = off;
SET statement_timeout = 0;
SET lock_timeout = '2s';

-- -------------------------------------------------------------------------------------------------
-- 1. What belongs together, in one transaction
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers check-changed app.notes.long
-- Locks app.notes: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE app.notes DROP CONSTRAINT IF EXISTS long;

-- Answers column-missing app.notes.is_shared
-- Locks app.notes: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE app.notes ADD COLUMN IF NOT EXISTS is_shared boolean DEFAULT false NOT NULL;

-- Answers check-changed app.notes.long
-- Locks app.notes: ACCESS EXCLUSIVE (blocks reads and writes)
ALTER TABLE app.notes ADD CONSTRAINT long CHECK (((length(("Who ""is"" it")::text) > 3) AND (mood <> 'sad'::app.mood))) NOT VALID;

-- Answers view-changed app.shared
-- Locks app.shared: ACCESS EXCLUSIVE (blocks reads and writes)
CREATE OR REPLACE VIEW app.shared WITH (security_invoker = 'true') AS
 SELECT id,
    mood
   FROM app.notes
  WHERE is_shared;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 2. Validation; reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Answers check-changed app.notes.long
-- Locks app.notes: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Reads every row while it holds its lock.
ALTER TABLE app.notes VALIDATE CONSTRAINT long;

-- -------------------------------------------------------------------------------------------------
-- 3. Indexes, built while reads and writes go on
-- -------------------------------------------------------------------------------------------------

-- Waits for older transactions to end, without blocking anybody meanwhile.
SET lock_timeout = 0;

-- Locks app.notes: SHARE UPDATE EXCLUSIVE (reads and writes go on)
-- Builds an index: takes time and disk space in proportion to the table.
CREATE INDEX CONCURRENTLY IF NOT EXISTS notes_tenant ON app.notes (tenant_id) WHERE is_shared;
SET lock_timeout = '2s';

-- -------------------------------------------------------------------------------------------------
-- 4. What belongs together, in one transaction
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers policy-changed app.notes.mine
-- Locks app.notes: ACCESS EXCLUSIVE (blocks reads and writes)
-- Rows become invisible to roles that saw them.
ALTER POLICY mine ON app.notes TO PUBLIC
  USING (((tenant_id = app.tenant()) OR is_shared))
  WITH CHECK ((tenant_id = app.tenant()));

-- Answers grant-missing app.notes.public
GRANT SELECT ON TABLE app.notes TO PUBLIC;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 5. What is gone for good afterwards
-- -------------------------------------------------------------------------------------------------

-- Answers sequence-unexpected app.s
-- Locks app.s: ACCESS EXCLUSIVE (blocks reads and writes)
-- Something is gone afterwards.
DROP SEQUENCE IF EXISTS app.s;

-- For `drift apply <this file>`: it runs the plan as it was written, on the database that it was made for,
-- and says what has moved or was edited. Plain psql reads over it.
-- drift-plan 1 cb26556cb3f2bc1815bd044f984717e6b73e63006ed6bd2c910bf31ac50833d5
-- | {"way":"full","live":false,"goal":{"spec":"/tmp/h/fz/s/small.sql"},"losses":["sequence app.s: h
-- | ow far it has counted"],"left":[],"touches":["app.notes","app.s","app.shared"],"made_for":{"ser
-- | ver_version":170005,"whole":"5adb3a46c180212d9ae8efc8f240b57e5a997edff951ddbddb760f10cd6d1878",
-- | "parts":{"app.email":"4e3836f1","app.logs":"8c1edd8f","app.logs_1":"50a44844","app.mood":"7ac8f
-- | bb4","app.notes":"624c6a1c","app.s":"c8fe1e9e","app.shared":"0c9249d5","app.tenant()":"5a026898
-- | ","app.tenants":"11cc43ce","app.touch()":"d010574c","database itself":"9dc7106d","schema app":"
-- | 5447cf46","schema public":"e0b4bac9"}},"titles":[[20,"What belongs together, in one transaction
-- | "],[47,"Validation; reads and writes go on"],[56,"Indexes, built while reads and writes go on"]
-- | ,[68,"What belongs together, in one transaction"],[85,"What is gone for good afterwards"]],"sta
-- | tements":[{"at":11,"lines":1,"sum":"7c7a1b7d"},{"at":12,"lines":1,"sum":"37d0844a"},{"at":13,"l
-- | ines":1,"sum":"6b5f7aaf"},{"at":14,"lines":1,"sum":"a21afcb8"},{"at":15,"lines":1,"sum":"936eb7
-- | b9"},{"at":16,"lines":1,"sum":"4a273063"},{"at":17,"lines":1,"sum":"8c88da97"},{"at":22,"lines"
-- | :1,"sum":"09d5c7e4"},{"at":26,"lines":1,"sum":"d56a7167","step":{"lock":"access-exclusive","rel
-- | ation":"app.notes"}},{"at":30,"lines":1,"sum":"ac936194","step":{"lock":"access-exclusive","rel
-- | ation":"app.notes"}},{"at":34,"lines":1,"sum":"fa69d88e","step":{"lock":"access-exclusive","rel
-- | ation":"app.notes"}},{"at":38,"lines":5,"sum":"3ffce81f","step":{"lock":"access-exclusive","rel
-- | ation":"app.shared"}},{"at":44,"lines":1,"sum":"2db35aa3"},{"at":53,"lines":1,"sum":"8d10c3a5",
-- | "step":{"lock":"share-update-exclusive","relation":"app.notes","hazards":["full-scan"]}},{"at":
-- | 60,"lines":1,"sum":"c6e3ff93"},{"at":64,"lines":1,"sum":"4540c177","step":{"lock":"share-update
-- | -exclusive","relation":"app.notes","hazards":["index-build"],"alone":true}},{"at":65,"lines":1,
-- | "sum":"8c88da97"},{"at":70,"lines":1,"sum":"09d5c7e4"},{"at":75,"lines":3,"sum":"184a3f51","ste
-- | p":{"lock":"access-exclusive","relation":"app.notes","hazards":["hides-rows"]}},{"at":80,"lines
-- | ":1,"sum":"c875249e","step":{"lock":"none"}},{"at":82,"lines":1,"sum":"2db35aa3"},{"at":91,"lin
-- | es":1,"sum":"0f401039","step":{"lock":"access-exclusive","relation":"app.s","hazards":["data-lo
-- | ss"]}}]}
