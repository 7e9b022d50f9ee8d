-- All of it is there.
CREATE TABLE a (id int PRIMARY KEY, b int DEFAULT 1);
