-- Needs PostgreSQL 18
CREATE TABLE t (
  a int,
  changed int GENERATED ALWAYS AS (a - 2) VIRTUAL,
  was_stored int GENERATED ALWAYS AS (a + 3) STORED,
  was_virtual int GENERATED ALWAYS AS (a + 4) VIRTUAL,
  was_plain int,
  now_plain int GENERATED ALWAYS AS (a + 6) VIRTUAL
);
CREATE VIEW v AS SELECT was_stored, was_virtual FROM t;
