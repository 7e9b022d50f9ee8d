-- What refers to a key goes with columns that hold values, and the key is to have another name.
CREATE TABLE whole (id int NOT NULL, kind text NOT NULL, CONSTRAINT old_key PRIMARY KEY (kind, id)) PARTITION BY LIST (id);
CREATE TABLE detail (n int, kind text, id int, CONSTRAINT of_whole FOREIGN KEY (kind, id) REFERENCES whole (kind, id));
-- A key that carries a column along is built anew when that gets another type.
CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
CREATE TABLE people (name text, feels mood DEFAULT 'ok', PRIMARY KEY (name) INCLUDE (feels));
CREATE TABLE letters (sender text REFERENCES people);
