-- Where values come from: default, identity, expression, sequence.
CREATE SEQUENCE s INCREMENT 5;
CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY, b int DEFAULT 1, c int DEFAULT nextval('s'), d int GENERATED ALWAYS AS (b + 1) STORED, e serial, f int NOT NULL, g text);
INSERT INTO t (b, f, g) VALUES (7, 1, 'x'), (8, 2, 'y');
