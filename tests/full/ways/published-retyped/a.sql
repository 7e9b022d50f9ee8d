-- A column that is published gets another type: it is taken out for that moment.
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE people (feels mood, other mood);
ALTER TABLE people REPLICA IDENTITY FULL;
CREATE PUBLICATION feed FOR TABLE ONLY people (feels, other) WITH (publish = 'insert');
