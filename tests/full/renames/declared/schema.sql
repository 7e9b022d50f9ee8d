CREATE TYPE status AS ENUM ('due', 'paid');
CREATE TABLE invoices (id serial PRIMARY KEY, tenant_id uuid, total numeric CHECK (total > 0), state status DEFAULT 'due');
CREATE INDEX invoices_tenant_id_idx ON invoices (tenant_id);
CREATE VIEW unpaid AS SELECT id, tenant_id AS org, total FROM invoices WHERE state = 'due';
