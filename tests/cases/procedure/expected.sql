CREATE TABLE log (at timestamptz);
CREATE PROCEDURE prune(days int) LANGUAGE sql AS 'DELETE FROM log';
