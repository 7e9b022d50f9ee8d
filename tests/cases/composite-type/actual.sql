-- A part too few is added in place, also where a column holds values.
CREATE TYPE address AS (street text, town character varying(40) COLLATE "C");
CREATE TABLE branches (id int, at address);
