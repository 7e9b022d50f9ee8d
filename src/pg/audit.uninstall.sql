-- Takes the audit log of drift away, with all that it recorded. Run it with:
--   drift audit uninstall | psql "$DATABASE_URL" -v ON_ERROR_STOP=1 --single-transaction
DROP EVENT TRIGGER IF EXISTS drift_changes;
DROP EVENT TRIGGER IF EXISTS drift_drops;
DROP FUNCTION IF EXISTS drift.record_change();
DROP TABLE IF EXISTS drift.changes;
-- The journal of `drift apply` stays.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE n.nspname = 'drift') THEN
    DROP SCHEMA IF EXISTS drift;
  END IF;
END
$$;
