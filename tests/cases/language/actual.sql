CREATE LANGUAGE changed HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler;
CREATE FUNCTION f() RETURNS int LANGUAGE changed AS 'BEGIN RETURN 1; END';
CREATE LANGUAGE undeclared HANDLER plpgsql_call_handler;
