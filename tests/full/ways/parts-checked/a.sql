-- What the server prints of this check it parses into another one, which it does not take for the same.
CREATE TABLE first (a int NOT NULL, b varchar CONSTRAINT listed CHECK (b IN ('x', 'y', NULL) OR b <> 'z')) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF first FOR VALUES IN (1);
INSERT INTO first VALUES (1, 'x');
