CREATE TABLE tenants (id uuid PRIMARY KEY);
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE members (tenant_id uuid NOT NULL REFERENCES tenants, user_id int REFERENCES users, PRIMARY KEY (tenant_id, user_id));
CREATE TABLE docs (id int PRIMARY KEY, created_by int REFERENCES users, tenant_id uuid NOT NULL REFERENCES tenants);
CREATE TABLE lines (id int PRIMARY KEY, doc_id int NOT NULL REFERENCES docs, tenant_id uuid NOT NULL REFERENCES tenants);
CREATE TABLE plans (id int PRIMARY KEY, doc_id int REFERENCES docs, tenant_id uuid NOT NULL REFERENCES tenants);
