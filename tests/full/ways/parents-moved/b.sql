-- Needs PostgreSQL 15
CREATE TABLE second (a int, b text);
CREATE TABLE child (own int) INHERITS (second);
CREATE SCHEMA after;
GRANT USAGE ON SCHEMA after TO pg_monitor WITH GRANT OPTION;
CREATE AGGREGATE "(even)" (int) (SFUNC = int4pl, STYPE = int);
CREATE SCHEMA listed;
CREATE TABLE listed."a (b" (id int);
CREATE PUBLICATION whole FOR TABLES IN SCHEMA listed, TABLE listed."a (b" WHERE (id > 3);
CREATE PUBLICATION part FOR TABLE listed."a (b" (id) WHERE (id > 3);
