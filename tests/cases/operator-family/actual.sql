CREATE SCHEMA app;
CREATE OPERATOR FAMILY changed USING btree;
ALTER OPERATOR FAMILY changed USING btree ADD
  OPERATOR 1 <= (int4, int8), OPERATOR 5 > (int4, int8), FUNCTION 1 (int4, int8) btint48cmp(int4, int8);
CREATE OPERATOR FAMILY changed USING hash;
CREATE OPERATOR FAMILY undeclared USING gist;
