-- A part of what goes keeps copies of its indexes and foreign keys: they go before the part is out.
CREATE TABLE keys (id int PRIMARY KEY);
CREATE TABLE events (id int NOT NULL REFERENCES keys, body text) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF events FOR VALUES FROM (0) TO (10);
CREATE INDEX ON events (id);
CREATE INDEX ON events USING hash (body);
