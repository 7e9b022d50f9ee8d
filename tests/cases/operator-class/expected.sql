CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION below(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a < $2.a';
CREATE FUNCTION alike(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $2.a';
CREATE FUNCTION compared(pair, pair) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.a - $2.a';
CREATE OPERATOR <~ (FUNCTION = below, LEFTARG = pair, RIGHTARG = pair);
CREATE OPERATOR =~= (FUNCTION = alike, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = =~=);
CREATE OPERATOR CLASS by_first FOR TYPE pair USING btree AS
  OPERATOR 1 <~, OPERATOR 3 =~=, FUNCTION 1 compared(pair, pair);
COMMENT ON OPERATOR CLASS by_first USING btree IS 'The second does not count.';
-- A class in a family of another name, and one of another that goes with it.
CREATE OPERATOR FAMILY numbers USING btree;
CREATE OPERATOR CLASS small FOR TYPE int4 USING btree FAMILY numbers AS
  OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int4, int4);
CREATE OPERATOR CLASS big FOR TYPE int8 USING btree FAMILY numbers AS
  OPERATOR 1 <, OPERATOR 1 < (int8, int4), FUNCTION 1 btint8cmp(int8, int8), FUNCTION 1 (int8, int4) btint84cmp(int8, int4);
CREATE OPERATOR CLASS changed FOR TYPE int4 USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int4), FUNCTION 2 hashint4extended(int4, int8);
-- Some methods leave the members of a class in its family when it goes.
CREATE OPERATOR CLASS boxes FOR TYPE box USING gist AS
  OPERATOR 3 &&, OPERATOR 6 ~=, FUNCTION 1 gist_box_consistent(internal, box, smallint, oid, internal), FUNCTION 2 gist_box_union(internal, internal),
  FUNCTION 5 gist_box_penalty(internal, internal, internal), FUNCTION 6 gist_box_picksplit(internal, internal), FUNCTION 7 gist_box_same(box, box, internal);
CREATE TABLE pairs (p pair, n int, area box, EXCLUDE USING btree (p by_first WITH =~=));
CREATE INDEX pairs_p ON pairs (p by_first DESC);
CREATE INDEX pairs_n ON pairs USING hash (n changed);
CREATE INDEX pairs_area ON pairs USING gist (area boxes);
