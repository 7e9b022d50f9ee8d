CREATE TABLE t (a int, b int, c text);
CREATE STATISTICS missing (ndistinct, mcv) ON a, b FROM t;
CREATE STATISTICS other (dependencies) ON a, b FROM t;
CREATE STATISTICS aimed ON b, c FROM t;
ALTER STATISTICS aimed SET STATISTICS 500;
COMMENT ON STATISTICS aimed IS 'why';
-- In the other order: not drift.
CREATE STATISTICS same (mcv, ndistinct) ON b, a FROM t;
