-- A deferrable key is no drift against itself, and INCLUDE columns are not key columns.
CREATE TABLE t (a int, b int, c int,
  CONSTRAINT t_a_key UNIQUE (a) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT t_b_key UNIQUE (b) INCLUDE (c),
  CONSTRAINT t_c_key UNIQUE (c));
