CREATE ROLE app;
CREATE ROLE reader;
CREATE TYPE mood AS ENUM ('sad', 'ok');
REVOKE USAGE ON TYPE mood FROM PUBLIC;
GRANT USAGE ON TYPE mood TO app WITH GRANT OPTION;
CREATE DOMAIN code AS text;
-- What the server grants by itself, spelled out: not drift.
GRANT USAGE ON DOMAIN code TO PUBLIC;
CREATE TYPE pair AS (a int, b int);
REVOKE ALL ON TYPE pair FROM PUBLIC;
CREATE TYPE spans AS RANGE (subtype = text);
CREATE AGGREGATE longest(text) (sfunc = text_larger, stype = text);
REVOKE ALL ON FUNCTION longest(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION longest(text) TO reader;
CREATE TYPE number AS ENUM ('one');
GRANT USAGE ON TYPE number TO app;
