CREATE ROLE app;
CREATE ROLE reader;
DO $$ BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO app', current_database());
  EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO reader WITH GRANT OPTION', current_database());
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;
