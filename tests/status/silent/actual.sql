CREATE SCHEMA app;
CREATE TABLE app.users (id int PRIMARY KEY, mail text, name text);
CREATE TYPE app.state AS ENUM ('on', 'off');
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE INDEX users_mail ON app.users (mail);
CREATE TABLE app.tags (id int PRIMARY KEY);
