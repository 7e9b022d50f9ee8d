CREATE TABLE t (a int, b text);
-- Same query, other spelling: not drift.
CREATE VIEW plain AS SELECT t.a FROM public.t;
CREATE VIEW guarded AS SELECT a, b FROM t;
