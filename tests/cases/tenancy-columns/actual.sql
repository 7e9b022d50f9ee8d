CREATE ROLE app;
CREATE TABLE tenants (id uuid PRIMARY KEY, slug text NOT NULL UNIQUE, name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenants_self ON tenants TO app USING (id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid));
-- Half-migrated: the old shape, with rows.
CREATE TABLE notes (id uuid PRIMARY KEY);
INSERT INTO notes VALUES (gen_random_uuid()), (gen_random_uuid());
-- Nobody declared or classified it.
CREATE TABLE leftovers (id uuid PRIMARY KEY);
