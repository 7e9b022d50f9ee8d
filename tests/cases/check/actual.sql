-- Equivalent spellings are equal.
CREATE TABLE t (n int, s text, v varchar, x int,
  CONSTRAINT t_n_check CHECK (n >= 0),
  CONSTRAINT t_s_check CHECK (s = ANY (ARRAY['a', 'b'])),
  CONSTRAINT t_v_check CHECK (v::text = ANY (ARRAY['a'::varchar::text, 'b'::varchar::text])),
  CONSTRAINT t_never CHECK (false) NO INHERIT);
