CREATE TYPE pair AS (a int, b int);
CREATE FUNCTION below(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a < $2.a';
CREATE FUNCTION above(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a > $2.a';
CREATE FUNCTION alike(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $2.a';
CREATE OPERATOR <~ (FUNCTION = below, LEFTARG = pair, RIGHTARG = pair, RESTRICT = scalargtsel);
CREATE OPERATOR =~= (FUNCTION = alike, LEFTARG = pair, RIGHTARG = pair);
CREATE OPERATOR <<~ (FUNCTION = above, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = >>~);
CREATE OPERATOR >>~ (FUNCTION = below, LEFTARG = pair, RIGHTARG = pair, COMMUTATOR = <<~);
CREATE TABLE pairs (p pair);
