CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE divided (feels mood NOT NULL) PARTITION BY LIST (feels);
CREATE TYPE pair AS (b text, a int);
CREATE TABLE pairs (value pair);
CREATE DOMAIN given AS text NOT NULL;
CREATE TABLE filled (id int, label given);
CREATE TABLE parent (a int, id int GENERATED ALWAYS AS IDENTITY);
CREATE TABLE child () INHERITS (parent);
