-- Needs PostgreSQL 18
CREATE TABLE tenants (id uuid PRIMARY KEY);
CREATE TABLE docs (id int PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants);
-- NOT NULL is a constraint here, added for new rows and validated apart: no check takes its place.
CREATE TABLE lines (id int PRIMARY KEY, doc_id int NOT NULL REFERENCES docs, tenant_id uuid REFERENCES tenants);
-- It is there for new rows already: no more than filling and validation is left.
CREATE TABLE notes (id int PRIMARY KEY, doc_id int NOT NULL REFERENCES docs, tenant_id uuid REFERENCES tenants);
INSERT INTO tenants VALUES ('aaaaaaaa-0000-4000-8000-000000000000');
INSERT INTO docs VALUES (1, 'aaaaaaaa-0000-4000-8000-000000000000');
INSERT INTO lines VALUES (1, 1);
INSERT INTO notes VALUES (1, 1);
ALTER TABLE notes ADD CONSTRAINT notes_tenant_id_not_null NOT NULL tenant_id NOT VALID;
