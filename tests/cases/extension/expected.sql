CREATE EXTENSION citext;
CREATE TABLE people (id bigint PRIMARY KEY, email citext NOT NULL);
