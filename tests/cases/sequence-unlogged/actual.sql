CREATE SEQUENCE changed;
CREATE UNLOGGED TABLE t (id serial);
CREATE SEQUENCE freed;
CREATE UNLOGGED TABLE frees (id int DEFAULT nextval('freed'));
ALTER SEQUENCE freed OWNED BY frees.id;
CREATE TABLE takes (id int);
CREATE SEQUENCE taken;
