CREATE TYPE mood AS ENUM ('ok', 'sad');
CREATE TABLE people (feels mood, other mood);
ALTER TABLE people REPLICA IDENTITY FULL;
CREATE PUBLICATION feed FOR TABLE ONLY people (feels, other) WITH (publish = 'insert');
