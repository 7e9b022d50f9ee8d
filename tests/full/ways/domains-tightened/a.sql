-- The column that holds NULL goes before its domain denies that.
CREATE DOMAIN label AS text;
CREATE TABLE noted (id int, gone label);
INSERT INTO noted VALUES (1, NULL), (2, 'x');
