CREATE ROLE app;
CREATE ROLE reader;
-- What is made from now on is not everybody's any more, but app's.
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO app;
CREATE TYPE mood AS ENUM ('sad', 'ok');
GRANT USAGE ON TYPE mood TO PUBLIC;
REVOKE USAGE ON TYPE mood FROM app;
CREATE DOMAIN code AS text;
CREATE AGGREGATE longest(text) (sfunc = text_larger, stype = text);
