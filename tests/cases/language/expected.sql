-- Handlers of its own, and with them a language that is missing whole.
CREATE FUNCTION speak() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION run(internal) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE FUNCTION judge(oid) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_validator';
CREATE FUNCTION speak_missing() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE LANGUAGE missing HANDLER speak_missing INLINE run VALIDATOR judge;
CREATE TRUSTED LANGUAGE changed HANDLER speak VALIDATOR judge;
COMMENT ON LANGUAGE changed IS 'Like plpgsql.';
CREATE FUNCTION f() RETURNS int LANGUAGE changed AS 'BEGIN RETURN 1; END';
CREATE FUNCTION g() RETURNS int LANGUAGE missing AS 'BEGIN RETURN 1; END';
