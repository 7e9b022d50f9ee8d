CREATE ROLE reader;
CREATE ROLE writer;
CREATE TABLE t (a int, b text);
GRANT INSERT (a), SELECT (a), UPDATE (b) ON t TO reader;
GRANT SELECT ON t TO writer;
GRANT SELECT (a), INSERT (a) ON t TO writer;
