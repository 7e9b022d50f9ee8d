CREATE TABLE t (
  n int CONSTRAINT t_n_check CHECK (n > 0),
  s text CONSTRAINT t_s_check CHECK (s IN ('a', 'b')),
  v varchar CONSTRAINT t_v_check CHECK (v IN ('a', 'b')),
  x int CONSTRAINT t_x_present CHECK (x IS NOT NULL),
  CONSTRAINT t_never CHECK (false) NO INHERIT);
