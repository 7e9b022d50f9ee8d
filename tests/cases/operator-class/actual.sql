CREATE TYPE pair AS (a int, b int);
CREATE OPERATOR FAMILY numbers USING btree;
CREATE OPERATOR CLASS small FOR TYPE int4 USING btree FAMILY numbers AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int4, int4);
CREATE OPERATOR CLASS changed FOR TYPE int4 USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int4);
CREATE OPERATOR CLASS boxes FOR TYPE box USING gist AS
  OPERATOR 3 &&, FUNCTION 1 gist_box_consistent(internal, box, smallint, oid, internal), FUNCTION 2 gist_box_union(internal, internal),
  FUNCTION 5 gist_box_penalty(internal, internal, internal), FUNCTION 6 gist_box_picksplit(internal, internal), FUNCTION 7 gist_box_same(box, box, internal);
CREATE OPERATOR CLASS undeclared FOR TYPE int4 USING btree FAMILY numbers AS STORAGE int4;
CREATE TABLE pairs (p pair, n int, area box);
CREATE INDEX pairs_n ON pairs USING hash (n changed);
CREATE INDEX pairs_area ON pairs USING gist (area boxes);
