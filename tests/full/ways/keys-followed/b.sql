CREATE TABLE whole (id int NOT NULL, kind text NOT NULL, CONSTRAINT new_key PRIMARY KEY (kind, id)) PARTITION BY LIST (id);
CREATE TABLE detail (n int);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (name text, feels mood DEFAULT 'ok', PRIMARY KEY (name) INCLUDE (feels));
CREATE TABLE letters (sender text REFERENCES people);
