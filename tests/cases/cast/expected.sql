CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE FUNCTION grade(mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION rank(mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2';
CREATE CAST (mood AS int) WITH FUNCTION grade(mood) AS ASSIGNMENT;
COMMENT ON CAST (mood AS int) IS 'How good it is.';
CREATE CAST (text AS mood) WITH INOUT AS IMPLICIT;
CREATE FUNCTION long(mood) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 3';
CREATE CAST (mood AS bigint) WITH FUNCTION long(mood);
-- What a statement was written with a cast for needs the cast, not only its function.
CREATE TABLE days (m mood, n bigint GENERATED ALWAYS AS (m::bigint) STORED, CHECK (m::bigint > 0));
CREATE VIEW longs AS SELECT m::bigint AS n FROM days;
-- A range type makes a cast for itself, which is its own: not drift.
CREATE TYPE span AS RANGE (subtype = float8);
