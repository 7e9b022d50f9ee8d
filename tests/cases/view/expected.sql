CREATE TABLE t (a int, b text);
CREATE VIEW plain AS SELECT a FROM t;
CREATE VIEW guarded WITH (security_barrier = true) AS SELECT a, b FROM t;
CREATE VIEW over AS SELECT a FROM plain WHERE a > 1;
