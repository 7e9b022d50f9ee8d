CREATE TYPE address AS (street text, town varchar(40) COLLATE "C", zip text);
COMMENT ON COLUMN address.zip IS 'as written';
CREATE TYPE point2 AS (x int, y int);
CREATE TABLE branches (id int, at address);
