CREATE TABLE events (at date NOT NULL, body text) PARTITION BY RANGE (at);
-- Another bound cannot be moved additively.
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE INDEX events_at_idx ON events (at);
