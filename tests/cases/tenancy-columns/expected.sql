CREATE ROLE app;
CREATE TABLE tenants (id uuid PRIMARY KEY, slug text NOT NULL UNIQUE, name text NOT NULL);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenants_self ON tenants TO app USING (id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid));
CREATE TABLE notes (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants, is_shared boolean NOT NULL DEFAULT false);
CREATE INDEX notes_tenant_id_idx ON notes (tenant_id);
CREATE POLICY notes_own ON notes TO app USING (tenant_id = (SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid));
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE notes FORCE ROW LEVEL SECURITY;
