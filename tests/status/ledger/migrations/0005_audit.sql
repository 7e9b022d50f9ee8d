CREATE TABLE audit (at timestamptz NOT NULL, what text NOT NULL);
