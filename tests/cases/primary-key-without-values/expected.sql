-- A key waits until its columns have a value in every row, and what refers to the key waits with it.
CREATE TABLE a (id int PRIMARY KEY, b int);
CREATE TABLE k (id int PRIMARY KEY, a int REFERENCES a);
