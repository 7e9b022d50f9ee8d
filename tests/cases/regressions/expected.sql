-- Needs PostgreSQL 15
-- What other tools are known to overlook, each in one object.
CREATE SCHEMA other;
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TYPE feeling AS ENUM ('a', 'b');
CREATE TABLE p (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE t (a int, b int, kind feeling, name text COLLATE "C", twice int GENERATED ALWAYS AS (a * 2) STORED,
  CONSTRAINT t_a_known CHECK (a IS NOT NULL),
  CONSTRAINT t_p_fkey FOREIGN KEY (a, b) REFERENCES p ON DELETE SET NULL (b));
CREATE INDEX t_first ON t (a NULLS FIRST);
CREATE INDEX t_with ON t (a) INCLUDE (b);
CREATE INDEX t_built ON t (b);
-- The same name in two schemas: each has its own.
CREATE TABLE other.t (a int);
CREATE INDEX t_first ON other.t (a);
CREATE TABLE days (d int) PARTITION BY RANGE (d);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (20);
CREATE VIEW v WITH (security_invoker = true) AS SELECT a FROM t;
