-- A default that is computed must not stamp the rows that exist with the value of the migration's own session.
CREATE TABLE t (id int PRIMARY KEY, owner text DEFAULT current_setting('app.owner', true), seen timestamptz DEFAULT now(), key uuid DEFAULT gen_random_uuid());
