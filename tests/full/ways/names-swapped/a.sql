-- One name, another thing: a table becomes a view, an index becomes a key, two views change names.
CREATE TABLE base (a int, b int);
CREATE TABLE thing (a int);
CREATE INDEX k ON base (a);
CREATE VIEW one AS SELECT a FROM base;
CREATE VIEW two AS SELECT b FROM base;
