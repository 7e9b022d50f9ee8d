-- Whoever loses a privilege on the table keeps it on the columns where it is granted by itself.
CREATE ROLE reader;
CREATE ROLE writer;
CREATE TABLE t (a int, b text);
GRANT INSERT, UPDATE ON t TO reader;
GRANT INSERT (a), SELECT (a), UPDATE (b) ON t TO reader;
GRANT SELECT, INSERT ON t TO writer;
GRANT SELECT (a), INSERT (a) ON t TO writer;
