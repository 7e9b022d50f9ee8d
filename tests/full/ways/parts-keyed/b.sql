CREATE TABLE second (a int NOT NULL, b int) PARTITION BY LIST (a);
CREATE SCHEMA parts;
CREATE TABLE parts.part PARTITION OF second FOR VALUES IN (1, 2);
CREATE TABLE refers (a int);
CREATE TABLE lending (a int NOT NULL, b int) PARTITION BY LIST (a);
CREATE TABLE parts.owned PARTITION OF lending FOR VALUES IN (1);
