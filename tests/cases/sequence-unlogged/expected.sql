-- Needs PostgreSQL 15
CREATE UNLOGGED SEQUENCE missing;
CREATE UNLOGGED SEQUENCE changed;
-- One that a column owns follows its table: not said twice.
CREATE UNLOGGED TABLE t (id serial);
-- Let go by a column of an unlogged table, and taken in by one: kept as declared all the same.
CREATE SEQUENCE freed;
CREATE UNLOGGED TABLE frees (id int DEFAULT nextval('freed'));
CREATE TABLE takes (id int);
CREATE UNLOGGED SEQUENCE taken OWNED BY takes.id;
