-- Needs PostgreSQL 14
-- A conversion function that every server has: asked for nothing, it answers 0, which is what a server tries.
CREATE FUNCTION convert_nothing(int, int, cstring, internal, int, boolean) RETURNS int LANGUAGE internal STRICT AS 'int4shr';
CREATE FUNCTION convert_little(int, int, cstring, internal, int, boolean) RETURNS int LANGUAGE internal STRICT AS 'int4shr';
CREATE CONVERSION missing FOR 'LATIN1' TO 'UTF8' FROM convert_nothing;
COMMENT ON CONVERSION missing IS 'As the server does it.';
CREATE CONVERSION changed FOR 'UTF8' TO 'LATIN1' FROM convert_nothing;
CREATE CONVERSION another FOR 'UTF8' TO 'LATIN1' FROM convert_little;
CREATE DEFAULT CONVERSION first FOR 'WIN1252' TO 'UTF8' FROM convert_nothing;
