CREATE SCHEMA y;
CREATE TABLE another (a int, CONSTRAINT same_name PRIMARY KEY (a));
CREATE TABLE y.lines (a int REFERENCES another);
CREATE PUBLICATION p FOR TABLE another, y.lines WITH (publish = 'insert');
