CREATE TABLE second (a int NOT NULL, b varchar CONSTRAINT listed CHECK (b IN ('x', 'y', NULL) OR b <> 'z')) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF second FOR VALUES IN (1);
