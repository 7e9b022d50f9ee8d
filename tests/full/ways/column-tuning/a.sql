-- How a column is kept and sampled.
CREATE TABLE t (a text, b int, c text);
ALTER TABLE t ALTER COLUMN a SET COMPRESSION pglz, ALTER COLUMN b SET STATISTICS 300, ALTER COLUMN c SET STORAGE EXTERNAL;
CREATE TABLE gone_soon (a text COMPRESSION pglz);
INSERT INTO t VALUES ('x', 1, 'y');
