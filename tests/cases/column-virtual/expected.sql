-- Needs PostgreSQL 18
CREATE TABLE t (
  a int,
  added int GENERATED ALWAYS AS (a + 1) VIRTUAL,
  changed int GENERATED ALWAYS AS (a + 2) VIRTUAL,
  was_stored int GENERATED ALWAYS AS (a + 3) VIRTUAL,
  was_virtual int GENERATED ALWAYS AS (a + 4) STORED,
  was_plain int GENERATED ALWAYS AS (a + 5) VIRTUAL,
  now_plain int
);
CREATE VIEW v AS SELECT was_stored, was_virtual FROM t;
