-- An additive repair, written and proved by `drift fix --additive`.
-- It creates and adds; it drops, narrows and rewrites nothing. Running it twice is harmless.
--
-- Run it:    psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -f <this file>
-- not with --single-transaction: some statements cannot run inside one.
-- If it stops, nothing is half done: correct what the message names and run it again.
-- Verify it: drift check "$DATABASE_URL"
--
-- It answers 5 findings:
--   check-weaker-than-using public.projects.projects_update
--   policy-always-true public.labels.open
--   policy-ignores-tenant public.project_members.project_members_delete
--   policy-not-implying-tenant public.tasks.tasks_select
--   shared-write-widening public.templates.templates_update
--
-- It leaves 8 things:
--   policy public.labels.open:
--     an additive repair removes nothing: drop it by hand, or declare it
--   policy public.memberships.join_in:
--     an additive repair removes nothing: drop it by hand, or declare it
--   policy public.project_members.project_members_delete (using):
--     another policy shows or hides other rows at once; drop it and create it as declared
--   policy public.projects.projects_update (check):
--     another policy shows or hides other rows at once; drop it and create it as declared
--   policy public.tasks.tasks_select (using):
--     another policy shows or hides other rows at once; drop it and create it as declared
--   policy public.templates.templates_update (check):
--     another policy shows or hides other rows at once; drop it and create it as declared
--   policy public.templates.templates_update (using):
--     another policy shows or hides other rows at once; drop it and create it as declared
--   grant public.memberships.app_user (privileges):
--     revoking privileges takes access away from whoever uses it now

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
  IF NOT (EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'app_user')) THEN
    RAISE EXCEPTION USING MESSAGE = 'role app_user does not exist: create it, and then run this patch again';
  END IF;
END$drift$;

-- -------------------------------------------------------------------------------------------------
-- 2. Triggers, policies, row-level security and grants of public.labels
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers policy-always-true public.labels.open
-- Locks public.labels: ACCESS EXCLUSIVE (blocks reads and writes)
-- Rows become invisible to roles that saw them.
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = 'public.labels'::pg_catalog.regclass AND polname = 'drift_guard') THEN
    CREATE POLICY drift_guard ON public.labels AS RESTRICTIVE FOR ALL TO app_user
  USING (account_id = (select app.account_id()))
  WITH CHECK (account_id = (select app.account_id()));
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 3. Triggers, policies, row-level security and grants of public.projects
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers check-weaker-than-using public.projects.projects_update
-- Locks public.projects: ACCESS EXCLUSIVE (blocks reads and writes)
-- Rows become invisible to roles that saw them.
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = 'public.projects'::pg_catalog.regclass AND polname = 'drift_guard') THEN
    CREATE POLICY drift_guard ON public.projects AS RESTRICTIVE FOR ALL TO app_user
  USING (account_id = (select app.account_id()))
  WITH CHECK (account_id = (select app.account_id()));
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 4. Triggers, policies, row-level security and grants of public.templates
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers shared-write-widening public.templates.templates_update
-- Locks public.templates: ACCESS EXCLUSIVE (blocks reads and writes)
-- Rows become invisible to roles that saw them.
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = 'public.templates'::pg_catalog.regclass AND polname = 'drift_guard_delete') THEN
    CREATE POLICY drift_guard_delete ON public.templates AS RESTRICTIVE FOR DELETE TO app_user
  USING (account_id = (select app.account_id()));
  END IF;
END$drift$;

-- Answers shared-write-widening public.templates.templates_update
-- Locks public.templates: ACCESS EXCLUSIVE (blocks reads and writes)
-- Rows become invisible to roles that saw them.
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = 'public.templates'::pg_catalog.regclass AND polname = 'drift_guard_insert') THEN
    CREATE POLICY drift_guard_insert ON public.templates AS RESTRICTIVE FOR INSERT TO app_user
  WITH CHECK (account_id = (select app.account_id()));
  END IF;
END$drift$;

-- Answers shared-write-widening public.templates.templates_update
-- Locks public.templates: ACCESS EXCLUSIVE (blocks reads and writes)
-- Rows become invisible to roles that saw them.
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = 'public.templates'::pg_catalog.regclass AND polname = 'drift_guard_select') THEN
    CREATE POLICY drift_guard_select ON public.templates AS RESTRICTIVE FOR SELECT TO app_user
  USING (account_id = (select app.account_id()) OR (is_public));
  END IF;
END$drift$;

-- Answers shared-write-widening public.templates.templates_update
-- Locks public.templates: ACCESS EXCLUSIVE (blocks reads and writes)
-- Rows become invisible to roles that saw them.
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = 'public.templates'::pg_catalog.regclass AND polname = 'drift_guard_update') THEN
    CREATE POLICY drift_guard_update ON public.templates AS RESTRICTIVE FOR UPDATE TO app_user
  USING (account_id = (select app.account_id()))
  WITH CHECK (account_id = (select app.account_id()));
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 5. Triggers, policies, row-level security and grants of public.project_members
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers policy-ignores-tenant public.project_members.project_members_delete
-- Locks public.project_members: ACCESS EXCLUSIVE (blocks reads and writes)
-- Rows become invisible to roles that saw them.
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = 'public.project_members'::pg_catalog.regclass AND polname = 'drift_guard') THEN
    CREATE POLICY drift_guard ON public.project_members AS RESTRICTIVE FOR ALL TO app_user
  USING (account_id = (select app.account_id()))
  WITH CHECK (account_id = (select app.account_id()));
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 6. Triggers, policies, row-level security and grants of public.tasks
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers policy-not-implying-tenant public.tasks.tasks_select
-- Locks public.tasks: ACCESS EXCLUSIVE (blocks reads and writes)
-- Rows become invisible to roles that saw them.
DO $drift$BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_policy WHERE polrelid = 'public.tasks'::pg_catalog.regclass AND polname = 'drift_guard') THEN
    CREATE POLICY drift_guard ON public.tasks AS RESTRICTIVE FOR ALL TO app_user
  USING (account_id = (select app.account_id()))
  WITH CHECK (account_id = (select app.account_id()));
  END IF;
END$drift$;

COMMIT;

-- -------------------------------------------------------------------------------------------------
-- 7. Comments
-- -------------------------------------------------------------------------------------------------
BEGIN;

-- Answers policy-always-true public.labels.open
COMMENT ON POLICY drift_guard ON public.labels IS 'Made by drift: keeps the rows of each tenant to it, whatever other policies say.';

-- Answers policy-ignores-tenant public.project_members.project_members_delete
COMMENT ON POLICY drift_guard ON public.project_members IS 'Made by drift: keeps the rows of each tenant to it, whatever other policies say.';

-- Answers check-weaker-than-using public.projects.projects_update
COMMENT ON POLICY drift_guard ON public.projects IS 'Made by drift: keeps the rows of each tenant to it, whatever other policies say.';

-- Answers policy-not-implying-tenant public.tasks.tasks_select
COMMENT ON POLICY drift_guard ON public.tasks IS 'Made by drift: keeps the rows of each tenant to it, whatever other policies say.';

-- Answers shared-write-widening public.templates.templates_update
COMMENT ON POLICY drift_guard_delete ON public.templates IS 'Made by drift: keeps the rows of each tenant to it, whatever other policies say.';

-- Answers shared-write-widening public.templates.templates_update
COMMENT ON POLICY drift_guard_insert ON public.templates IS 'Made by drift: keeps the rows of each tenant to it, whatever other policies say.';

-- Answers shared-write-widening public.templates.templates_update
COMMENT ON POLICY drift_guard_select ON public.templates IS 'Made by drift: keeps the rows of each tenant to it, whatever other policies say.';

-- Answers shared-write-widening public.templates.templates_update
COMMENT ON POLICY drift_guard_update ON public.templates IS 'Made by drift: keeps the rows of each tenant to it, whatever other policies say.';

COMMIT;
