CREATE TABLE t (id int CONSTRAINT t_pkey PRIMARY KEY, body text, price numeric) WITH (fillfactor = 80, toast.autovacuum_enabled = false);
ALTER TABLE t ALTER COLUMN body SET (n_distinct = 100);
CREATE INDEX t_lower ON t (lower(body), (price * 2));
ALTER INDEX t_lower ALTER COLUMN 2 SET STATISTICS 500;
CREATE INDEX t_price ON t (price);
ALTER TABLE t CLUSTER ON t_price;
-- The same options in another order: not drift.
CREATE TABLE same (a int) WITH (fillfactor = 70, autovacuum_enabled = false);
CREATE TABLE keyed (a int UNIQUE WITH (fillfactor = 60), b int, c int, EXCLUDE USING btree (b WITH =) WITH (fillfactor = 50) WHERE (b > 0));
CREATE TABLE new (a int PRIMARY KEY WITH (fillfactor = 90), body text);
ALTER TABLE new CLUSTER ON new_pkey;
CREATE MATERIALIZED VIEW m WITH (fillfactor = 75, toast.autovacuum_enabled = false) AS SELECT id, body FROM t;
CREATE UNIQUE INDEX m_id ON m (id);
ALTER MATERIALIZED VIEW m CLUSTER ON m_id;
-- What the table says of an index is said again of the one that takes its place.
CREATE TABLE told (a int NOT NULL, b int);
CREATE UNIQUE INDEX told_a ON told (a) INCLUDE (b);
ALTER TABLE told REPLICA IDENTITY USING INDEX told_a;
ALTER TABLE told CLUSTER ON told_a;
