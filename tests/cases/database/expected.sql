CREATE ROLE app;
CREATE ROLE reader;
DO $$ BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO app WITH GRANT OPTION', current_database());
  EXECUTE format('GRANT CREATE ON DATABASE %I TO reader', current_database());
  -- What the server grants by itself, spelled out: not drift.
  EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
  EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), 'Everybody''s orders.');
END $$;
