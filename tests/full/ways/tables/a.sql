-- What a table is beside its columns, and views with options.
CREATE TABLE t (a int PRIMARY KEY, b text) WITH (fillfactor = 70, autovacuum_enabled = false);
CREATE UNLOGGED TABLE u (a int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY, REPLICA IDENTITY FULL;
CREATE VIEW v WITH (security_barrier) AS SELECT a FROM t;
CREATE VIEW x AS SELECT a FROM v;
CREATE SCHEMA old;
CREATE TABLE old.t (a int);
INSERT INTO t VALUES (1, 'x');
INSERT INTO old.t VALUES (1);
