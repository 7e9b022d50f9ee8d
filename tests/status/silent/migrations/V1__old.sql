CREATE SCHEMA app;
CREATE TABLE app.users (id int PRIMARY KEY, mail text);
CREATE TYPE app.state AS ENUM ('on', 'off');
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
