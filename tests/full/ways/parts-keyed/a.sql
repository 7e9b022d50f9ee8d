-- A part takes no key of its old whole along: the next one has none.
CREATE TABLE first (a int NOT NULL, b int, CONSTRAINT once UNIQUE (a)) PARTITION BY LIST (a);
CREATE SCHEMA parts;
CREATE TABLE parts.part PARTITION OF first FOR VALUES IN (1, 2);
CREATE TABLE refers (a int REFERENCES first (a));
CREATE TABLE owning (a int PRIMARY KEY, b int) PARTITION BY LIST (a);
CREATE TABLE parts.owned PARTITION OF owning FOR VALUES IN (1);
INSERT INTO first VALUES (1, 2);
INSERT INTO refers VALUES (1);
