CREATE TABLE tenants (id uuid PRIMARY KEY);
CREATE TABLE docs (tenant_id uuid NOT NULL REFERENCES tenants, id int PRIMARY KEY, name text, slug text, UNIQUE (tenant_id, id), UNIQUE (tenant_id, name), UNIQUE (tenant_id, slug));
CREATE TABLE lines (tenant_id uuid NOT NULL REFERENCES tenants, id int PRIMARY KEY, doc_id int, FOREIGN KEY (tenant_id, doc_id) REFERENCES docs (tenant_id, id));
