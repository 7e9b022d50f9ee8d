CREATE ROLE app;
CREATE ROLE reader;
CREATE TABLE t (a int, secret text);
GRANT SELECT, INSERT ON t TO app;
GRANT SELECT (a) ON t TO reader;
