-- A child gets another parent; a schema gets another name, with what was granted on it.
CREATE TABLE first (a int, b text);
CREATE TABLE child (own int) INHERITS (first);
CREATE SCHEMA before;
GRANT USAGE ON SCHEMA before TO pg_monitor WITH GRANT OPTION;
CREATE AGGREGATE "(odd" (int) (SFUNC = int4pl, STYPE = int);
CREATE SCHEMA listed;
CREATE TABLE listed."a (b" (id int);
INSERT INTO child VALUES (1, 'x', 2), (3, 'y', 4);
