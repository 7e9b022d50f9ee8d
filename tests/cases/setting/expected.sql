CREATE ROLE app;
DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET search_path = "$user", public, "Odd"', current_database());
  EXECUTE format('ALTER DATABASE %I SET statement_timeout = %L', current_database(), '5s');
  EXECUTE format('ALTER ROLE app IN DATABASE %I SET app.most = %L', current_database(), '10');
  -- What is named like a secret is compared by its name alone.
  EXECUTE format('ALTER DATABASE %I SET app.api_key = %L', current_database(), 'one');
END $$;
