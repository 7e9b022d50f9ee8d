CREATE TABLE tenants (id uuid PRIMARY KEY);
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE members (tenant_id uuid NOT NULL REFERENCES tenants, user_id int REFERENCES users, PRIMARY KEY (tenant_id, user_id));
-- The application goes on while its rows get their tenants: three files, here one after the other.
CREATE TABLE docs (id int PRIMARY KEY, created_by int REFERENCES users, name text);
INSERT INTO tenants VALUES ('aaaaaaaa-0000-4000-8000-000000000000'), ('bbbbbbbb-0000-4000-8000-000000000000');
INSERT INTO users VALUES (1), (2);
INSERT INTO members VALUES ('aaaaaaaa-0000-4000-8000-000000000000', 1), ('bbbbbbbb-0000-4000-8000-000000000000', 2);
INSERT INTO docs VALUES (1, 1, 'same'), (2, 2, 'same');
