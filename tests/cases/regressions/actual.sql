CREATE SCHEMA other;
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TYPE feeling AS ENUM ('a', 'b');
CREATE TABLE p (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE t (a int, b int, kind mood, name text, twice int GENERATED ALWAYS AS (a * 3) STORED,
  CONSTRAINT t_p_fkey FOREIGN KEY (a, b) REFERENCES p ON DELETE SET NULL);
CREATE INDEX t_first ON t (a);
CREATE INDEX t_with ON t (a, b);
CREATE INDEX t_built ON t (b);
-- As an interrupted CREATE INDEX CONCURRENTLY leaves it: of the right name, and of no use.
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_built'::regclass;
CREATE TABLE other.t (a int);
CREATE TABLE days (d int) PARTITION BY RANGE (d);
CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM (0) TO (10);
CREATE VIEW v AS SELECT a FROM t;
