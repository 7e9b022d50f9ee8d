BEGIN;
SET LOCAL search_path = app;
CREATE TABLE IF NOT EXISTS users (id int PRIMARY KEY, mail varchar(200), phone text);
ALTER TABLE app.users ADD COLUMN IF NOT EXISTS mail text NOT NULL, ADD COLUMN IF NOT EXISTS name text;
CREATE INDEX IF NOT EXISTS users_mail ON app.users (mail);
COMMIT;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'state') THEN
    CREATE TYPE app.state AS ENUM ('on', 'off', 'unknown');
  END IF;
END $$;
-- The same again: nothing to do, and nothing to tell.
CREATE OR REPLACE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- Somebody had made this one by hand, without its label.
CREATE TABLE IF NOT EXISTS app.tags (id int PRIMARY KEY, label text);
