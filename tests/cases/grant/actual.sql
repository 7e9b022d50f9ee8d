CREATE ROLE app;
CREATE ROLE reader;
CREATE TABLE t (a int, secret text);
GRANT SELECT, TRUNCATE ON t TO app;
GRANT SELECT ON t TO reader;
