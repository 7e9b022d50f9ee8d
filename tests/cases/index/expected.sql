CREATE SCHEMA other;
CREATE TABLE t (a int, b text, c int);
CREATE TABLE other.t (a int);
CREATE INDEX i_plain ON t (a);
CREATE INDEX i_nulls ON t (a DESC NULLS LAST);
CREATE INDEX i_include ON t (a) INCLUDE (c);
CREATE INDEX i_expr ON t (lower(b)) WHERE c > 0;
CREATE INDEX i_ops ON t (b text_pattern_ops);
-- The same name in two schemas is two indexes.
CREATE INDEX i_same ON other.t (a);
CREATE INDEX i_same ON t (a);
