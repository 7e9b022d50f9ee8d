CREATE ROLE app;
CREATE TABLE tenants (id uuid PRIMARY KEY, slug text NOT NULL UNIQUE, name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenants_self ON tenants TO app USING (id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid));
-- Global: needs neither tenant nor policy.
CREATE TABLE plans (id uuid PRIMARY KEY);
CREATE TABLE notes (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, is_shared boolean NOT NULL DEFAULT false);
CREATE POLICY notes_own ON notes TO app USING (tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid));
-- Row security without a policy: nobody sees anything.
CREATE TABLE tags (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants);
ALTER TABLE tags ENABLE ROW LEVEL SECURITY;
