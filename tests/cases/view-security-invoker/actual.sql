-- Needs PostgreSQL 15
CREATE TABLE t (a int, b text);
CREATE VIEW guarded AS SELECT a, b FROM t;
CREATE VIEW open WITH (security_invoker = false) AS SELECT a, b FROM t;
