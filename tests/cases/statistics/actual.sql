CREATE TABLE t (a int, b int, c text);
CREATE STATISTICS other (dependencies) ON a, c FROM t;
CREATE STATISTICS aimed ON b, c FROM t;
CREATE STATISTICS same (ndistinct, mcv) ON a, b FROM t;
CREATE STATISTICS unexpected ON a, c FROM t;
