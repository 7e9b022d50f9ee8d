CREATE FUNCTION speak() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE FUNCTION run(internal) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_inline_handler';
CREATE FUNCTION judge(oid) RETURNS void LANGUAGE c STRICT AS '$libdir/plpgsql', 'plpgsql_validator';
CREATE LANGUAGE changed HANDLER speak INLINE run;
CREATE FUNCTION f() RETURNS int LANGUAGE changed AS 'BEGIN RETURN 1; END';
CREATE LANGUAGE undeclared HANDLER speak;
