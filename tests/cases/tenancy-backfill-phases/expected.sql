CREATE TABLE tenants (id uuid PRIMARY KEY);
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE members (tenant_id uuid NOT NULL REFERENCES tenants, user_id int REFERENCES users, PRIMARY KEY (tenant_id, user_id));
CREATE TABLE docs (id int PRIMARY KEY, created_by int REFERENCES users, name text, tenant_id uuid NOT NULL REFERENCES tenants, UNIQUE (tenant_id, name));
