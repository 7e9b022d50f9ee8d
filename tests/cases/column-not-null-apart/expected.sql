-- What any version takes; the other side needs PostgreSQL 18.
CREATE TABLE tenants (id uuid PRIMARY KEY);
CREATE TABLE docs (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants);
CREATE TABLE lines (id int PRIMARY KEY, doc_id int NOT NULL REFERENCES docs, tenant_id uuid NOT NULL REFERENCES tenants);
CREATE TABLE notes (id int PRIMARY KEY, doc_id int NOT NULL REFERENCES docs, tenant_id uuid NOT NULL REFERENCES tenants);
