CREATE TABLE keys (id int PRIMARY KEY);
CREATE TABLE events_new (id int NOT NULL, body text) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF events_new FOR VALUES FROM (0) TO (10);
CREATE INDEX ON events_new (id);
