-- Needs PostgreSQL 15
CREATE TABLE t (id int PRIMARY KEY, note text);
CREATE TABLE u (id int PRIMARY KEY);
CREATE PUBLICATION missing FOR TABLE t (id) WHERE (id > 1) WITH (publish = 'insert');
CREATE PUBLICATION wider FOR TABLE t, u;
CREATE PUBLICATION filtered FOR TABLE t WHERE (id > 1);
-- Same filter, other spelling: not drift.
CREATE PUBLICATION spelled FOR TABLE t WHERE (id BETWEEN 1 AND 2);
