-- The same shop, as somebody left it half-way: a constraint and an index short, and one policy that lets
-- every tenant read every invoice.
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
    amount numeric(12, 2) NOT NULL,
    UNIQUE (tenant_id, id)
);
ALTER TABLE invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE invoices FORCE ROW LEVEL SECURITY;
CREATE POLICY invoices_own ON invoices TO app_user
    USING (tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid));
CREATE POLICY invoices_debug ON invoices FOR SELECT TO app_user USING (true);
GRANT SELECT, INSERT, DELETE ON invoices TO app_user;
GRANT UPDATE (number, amount) ON invoices TO app_user; -- never its tenant

INSERT INTO tenants VALUES ('00000000-0000-0000-0000-000000000001', 'Acme'),
                           ('00000000-0000-0000-0000-000000000002', 'Globex');
INSERT INTO invoices (tenant_id, number, amount) VALUES
    ('00000000-0000-0000-0000-000000000001', 'A-1', 120),
    ('00000000-0000-0000-0000-000000000002', 'G-1', 80);
