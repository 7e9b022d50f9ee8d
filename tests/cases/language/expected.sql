CREATE LANGUAGE missing HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
CREATE TRUSTED LANGUAGE changed HANDLER plpgsql_call_handler VALIDATOR plpgsql_validator;
COMMENT ON LANGUAGE changed IS 'Like plpgsql.';
CREATE FUNCTION f() RETURNS int LANGUAGE changed AS 'BEGIN RETURN 1; END';
CREATE FUNCTION g() RETURNS int LANGUAGE missing AS 'BEGIN RETURN 1; END';
