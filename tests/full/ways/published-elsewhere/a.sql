-- A table takes the place of one that another refers to, which is published as well.
CREATE SCHEMA x;
CREATE TABLE value (a int, CONSTRAINT same_name PRIMARY KEY (a));
CREATE TABLE x.lines (a int REFERENCES value);
CREATE PUBLICATION p FOR TABLE value, x.lines WITH (publish = 'insert');
