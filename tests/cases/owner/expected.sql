CREATE ROLE app;
CREATE TABLE made (id integer);
ALTER TABLE made OWNER TO app;
-- A sequence that ends with a column belongs to whom the table does.
CREATE TABLE counted (id serial);
ALTER TABLE counted OWNER TO app;
CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1';
ALTER FUNCTION one() OWNER TO app;
-- What the SQL gives to nobody belongs to whoever runs it.
CREATE TABLE anybodys (id integer);
