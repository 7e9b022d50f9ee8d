CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION below(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a < $2.a';
CREATE FUNCTION above(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a > $2.a';
CREATE FUNCTION not_below(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a >= $2.a';
CREATE FUNCTION turned(pair) RETURNS pair LANGUAGE sql IMMUTABLE AS 'SELECT ROW($1.b, $1.a)::pair';
-- Each names the other, and one a third.
CREATE OPERATOR <~ (FUNCTION = below, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = ~>, NEGATOR = >=~, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR ~> (FUNCTION = above, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = <~);
CREATE OPERATOR >=~ (FUNCTION = not_below, LEFTARG = pair, RIGHTARG = pair, NEGATOR = <~);
COMMENT ON OPERATOR <~ (pair, pair) IS 'By the first.';
CREATE OPERATOR @@~ (FUNCTION = turned, RIGHTARG = pair);
CREATE FUNCTION alike(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $2.a';
CREATE OPERATOR =~= (FUNCTION = alike, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = =~=, HASHES, MERGES);
CREATE TABLE pairs (p pair, CHECK (NOT p <~ ROW(0, 0)::pair));
CREATE VIEW turned_pairs AS SELECT @@~ p AS p FROM pairs;
