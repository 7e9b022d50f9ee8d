-- A database that sqlx migrated, and people. Nothing of the third migration is there, the second was edited
-- after it ran, the fifth was run by hand, and the sixth came from a branch.
CREATE TABLE accounts (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);
CREATE TABLE projects (id bigint PRIMARY KEY, account bigint NOT NULL REFERENCES accounts, title text);
CREATE TABLE labels (id bigint PRIMARY KEY, project bigint NOT NULL REFERENCES projects, word text);
CREATE TABLE audit (at timestamptz NOT NULL, what text NOT NULL);
CREATE TABLE invoices (id bigint PRIMARY KEY);

CREATE TABLE _sqlx_migrations (
  version bigint PRIMARY KEY, description text NOT NULL, installed_on timestamptz NOT NULL DEFAULT now(),
  success boolean NOT NULL, checksum bytea NOT NULL, execution_time bigint NOT NULL);
INSERT INTO _sqlx_migrations VALUES
  (1, 'accounts', '2025-10-01 09:00:00+00', true,
   '\xb31ef0d4a7062c538dc86849539f9b8655164afc63eacd53296b424082f241771addf7157db19a23bd6cf7358dd24fca', 1200000),
  (2, 'projects', '2025-10-01 09:00:01+00', true,
   '\x463970e60287f21edcd4bd03338ab99bead569d338ef16eac914f22769274c7d1a381bf5b9739cad4c09c1354cd3f5df', 1200000),
  (3, 'archive', '2025-10-07 15:30:00+00', true,
   '\xdfcae8ea3c68659fa001c37e3ec9d4a09a2ffe24aa5b96b534d68d340e54a9a2066532b000f10e2d02b5c2c59bf7b764', 1200000),
  (4, 'labels', '2025-10-06 08:12:44+00', true,
   '\xb77c24b6bd3c53f973199b0352b9ab0b7fd3eb1729d354d11f0938349b6b6ecc5dc74916fa15abacc7da3c624d0c0194', 1200000),
  (6, 'invoices', '2025-10-20 17:45:09+00', true,
   '\x18c66c5bb11a4e97c275bbb4df42ea04c4a0836750ca229a203dcf13d87155dd4e3e25cb0ec2f2a286d2bc6a06e587b5', 1200000);
