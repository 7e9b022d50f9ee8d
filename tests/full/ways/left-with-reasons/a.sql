-- What no statement does, or what rows that exist would need, is left with the reason (see left.txt).
CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
CREATE TABLE divided (feels mood NOT NULL) PARTITION BY LIST (feels);
CREATE TYPE pair AS (a int, b text);
CREATE TABLE pairs (value pair);
CREATE DOMAIN given AS text NOT NULL;
CREATE TABLE filled (id int);
CREATE TABLE parent (a int);
CREATE TABLE child () INHERITS (parent);
INSERT INTO pairs VALUES (ROW(1, 'x'));
INSERT INTO filled VALUES (1);
INSERT INTO child VALUES (1);
