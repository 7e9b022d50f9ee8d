CREATE TABLE t (a int PRIMARY KEY, b text) WITH (fillfactor = 80);
CREATE TABLE u (a int);
CREATE VIEW v WITH (check_option = local) AS SELECT a, b FROM t;
CREATE VIEW x AS SELECT a FROM v;
