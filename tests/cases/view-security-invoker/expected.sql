-- Needs PostgreSQL 15
CREATE TABLE t (a int, b text);
-- Without the option its readers see what its owner may see: every row.
CREATE VIEW guarded WITH (security_invoker = true) AS SELECT a, b FROM t;
CREATE VIEW open WITH (security_invoker = false) AS SELECT a, b FROM t;
