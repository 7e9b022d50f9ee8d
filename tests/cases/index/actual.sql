CREATE SCHEMA other;
CREATE TABLE t (a int, b text, c int);
CREATE TABLE other.t (a int);
CREATE INDEX i_nulls ON t (a DESC);
CREATE INDEX i_include ON t (a, c);
CREATE INDEX i_expr ON t (lower(b)) WHERE c > 0;
CREATE INDEX i_ops ON t (b);
CREATE INDEX i_same ON t (a);
CREATE INDEX i_extra ON t (c);
