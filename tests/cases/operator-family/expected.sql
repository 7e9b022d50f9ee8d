CREATE SCHEMA app;
CREATE OPERATOR FAMILY app.missing USING btree;
COMMENT ON OPERATOR FAMILY app.missing USING btree IS 'Numbers of all sorts.';
ALTER OPERATOR FAMILY app.missing USING btree ADD
  OPERATOR 1 < (int4, int8), OPERATOR 3 = (int4, int8), FUNCTION 1 (int4, int8) btint48cmp(int4, int8);
CREATE OPERATOR FAMILY changed USING btree;
ALTER OPERATOR FAMILY changed USING btree ADD
  OPERATOR 1 < (int4, int8), OPERATOR 2 <= (int4, int8), FUNCTION 1 (int4, int8) btint48cmp(int4, int8);
-- The same name with another method is another family.
CREATE OPERATOR FAMILY changed USING hash;
