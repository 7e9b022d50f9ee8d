CREATE SCHEMA new;
CREATE TYPE new.mood AS ENUM ('sad', 'ok');
CREATE TABLE new.whole (a int NOT NULL, b varchar(40) DEFAULT 'x', feels new.mood) PARTITION BY LIST (a);
CREATE TABLE moved PARTITION OF new.whole FOR VALUES IN (1);
CREATE TABLE stays (a int NOT NULL, b varchar(40) DEFAULT 'x') PARTITION BY LIST (a);
CREATE TABLE other_bound PARTITION OF stays FOR VALUES IN (3, 4, 523);
CREATE TABLE same_bound PARTITION OF stays FOR VALUES IN (5);
