CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER missing ON sql_drop EXECUTE FUNCTION watch();
CREATE EVENT TRIGGER asleep ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION watch();
-- The order of tags means nothing: not drift.
CREATE EVENT TRIGGER tags ON ddl_command_start WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') EXECUTE FUNCTION watch();
