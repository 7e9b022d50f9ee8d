-- INHERITS is not partitioning.
CREATE TABLE base (id int NOT NULL);
CREATE TABLE child (extra text) INHERITS (base);
