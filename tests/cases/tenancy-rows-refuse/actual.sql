CREATE TABLE tenants (id uuid PRIMARY KEY);
CREATE TABLE docs (tenant_id uuid NOT NULL REFERENCES tenants, id int PRIMARY KEY, name text, slug text, UNIQUE (tenant_id, id));
CREATE TABLE lines (tenant_id uuid NOT NULL REFERENCES tenants, id int PRIMARY KEY, doc_id int);
INSERT INTO tenants VALUES ('aaaaaaaa-0000-4000-8000-000000000000'), ('bbbbbbbb-0000-4000-8000-000000000000');
-- Twice the same name in one tenant; the same slug in two, and twice none at all, are no duplicates.
INSERT INTO docs VALUES
  ('aaaaaaaa-0000-4000-8000-000000000000', 1, 'same', 's'), ('aaaaaaaa-0000-4000-8000-000000000000', 2, 'same', NULL),
  ('bbbbbbbb-0000-4000-8000-000000000000', 3, 'same', 's'), ('aaaaaaaa-0000-4000-8000-000000000000', 4, NULL, NULL);
-- A line of one tenant on the other's document.
INSERT INTO lines VALUES ('aaaaaaaa-0000-4000-8000-000000000000', 1, 1), ('aaaaaaaa-0000-4000-8000-000000000000', 2, 3);
