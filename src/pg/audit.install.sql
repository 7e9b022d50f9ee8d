-- The audit log of drift: who changed which object of the schema, when, from where, with which statement.
-- Run it as a role that may create event triggers:
--   drift audit install | psql "$DATABASE_URL" -v ON_ERROR_STOP=1 --single-transaction
-- A change that cannot be recorded is not held up: it only warns.
CREATE SCHEMA IF NOT EXISTS drift;

CREATE TABLE drift.changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  session_role text NOT NULL,
  acting_role text NOT NULL,
  address inet,
  application text,
  command text NOT NULL,
  kind text,
  object text,
  dropped boolean NOT NULL,
  statement text
);
COMMENT ON TABLE drift.changes IS 'What was changed in the schema of this database, by whom. No part of what is compared.';

CREATE FUNCTION drift.record_change() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$
DECLARE
  -- These statements may hold passwords.
  shown text := CASE WHEN tg_tag !~ 'USER MAPPING|SERVER|SUBSCRIPTION|ROLE'
    THEN pg_catalog.left(pg_catalog.current_query(), 10000) END;
  acting text := pg_catalog.current_setting('role');
BEGIN
  IF acting = 'none' THEN
    acting := session_user;
  END IF;
  IF tg_event = 'sql_drop' THEN
    INSERT INTO drift.changes (at, session_role, acting_role, address, application, command, kind, object, dropped, statement)
    SELECT pg_catalog.clock_timestamp(), session_user, acting, pg_catalog.inet_client_addr(),
      pg_catalog.current_setting('application_name'), tg_tag, o.object_type, o.object_identity, true, shown
    FROM pg_catalog.pg_event_trigger_dropped_objects() AS o
    WHERE o.original AND NOT o.is_temporary;
  ELSE
    INSERT INTO drift.changes (at, session_role, acting_role, address, application, command, kind, object, dropped, statement)
    SELECT pg_catalog.clock_timestamp(), session_user, acting, pg_catalog.inet_client_addr(),
      pg_catalog.current_setting('application_name'), o.command_tag, o.object_type, o.object_identity, false, shown
    FROM pg_catalog.pg_event_trigger_ddl_commands() AS o
    WHERE o.schema_name IS DISTINCT FROM 'pg_temp';
  END IF;
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'drift could not record this change: %', SQLERRM;
END
$$;
REVOKE ALL ON FUNCTION drift.record_change() FROM PUBLIC;

CREATE EVENT TRIGGER drift_changes ON ddl_command_end EXECUTE FUNCTION drift.record_change();
CREATE EVENT TRIGGER drift_drops ON sql_drop EXECUTE FUNCTION drift.record_change();
