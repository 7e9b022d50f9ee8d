CREATE TABLE projects (id bigint PRIMARY KEY, account bigint NOT NULL REFERENCES accounts, title text);
