-- A shop with tenants, as it is meant to be. Each tenant sees its own invoices only.
CREATE ROLE app_user;

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    name text NOT NULL
);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY tenants_own ON tenants TO app_user
    USING (id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT ON tenants TO app_user;

CREATE TABLE invoices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    number text NOT NULL,
    amount numeric(12, 2) NOT NULL CHECK (amount >= 0),
    UNIQUE (tenant_id, id),
    UNIQUE (tenant_id, number)
);
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE invoices FORCE ROW LEVEL SECURITY;
CREATE POLICY invoices_own ON invoices TO app_user
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
GRANT SELECT, INSERT, DELETE ON invoices TO app_user;
GRANT UPDATE (number, amount) ON invoices TO app_user; -- never its tenant
