CREATE ROLE app;
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE TABLE one (id integer);
COMMENT ON TABLE one IS 'described before the trigger is there';
-- The schema does not wait for what shares no more than its name.
CREATE SCHEMA two;
GRANT USAGE ON SCHEMA two TO app;
CREATE EVENT TRIGGER two ON sql_drop EXECUTE FUNCTION watch();
