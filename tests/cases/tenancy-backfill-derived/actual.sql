CREATE TABLE tenants (id uuid PRIMARY KEY);
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE members (tenant_id uuid NOT NULL REFERENCES tenants, user_id int REFERENCES users, PRIMARY KEY (tenant_id, user_id));
-- Each was made by a member of just one tenant: derived from that.
CREATE TABLE docs (id int PRIMARY KEY, created_by int REFERENCES users);
-- Derived from docs, which has its tenants by then.
CREATE TABLE lines (id int PRIMARY KEY, doc_id int NOT NULL REFERENCES docs);
-- drift.toml says the way; one row leads nowhere, so NOT NULL has to wait.
CREATE TABLE plans (id int PRIMARY KEY, doc_id int REFERENCES docs);
INSERT INTO tenants VALUES ('aaaaaaaa-0000-4000-8000-000000000000'), ('bbbbbbbb-0000-4000-8000-000000000000');
INSERT INTO users VALUES (1), (2);
INSERT INTO members VALUES ('aaaaaaaa-0000-4000-8000-000000000000', 1), ('bbbbbbbb-0000-4000-8000-000000000000', 2);
INSERT INTO docs VALUES (1, 1), (2, 2);
INSERT INTO lines VALUES (1, 1), (2, 2), (3, 2);
INSERT INTO plans VALUES (1, 1), (2, NULL);
