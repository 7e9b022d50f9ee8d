CREATE ROLE app;
DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET statement_timeout = %L', current_database(), '9s');
  EXECUTE format('ALTER DATABASE %I SET app.api_key = %L', current_database(), 'two');
  EXECUTE format('ALTER DATABASE %I SET app.debug = %L', current_database(), 'on');
END $$;
