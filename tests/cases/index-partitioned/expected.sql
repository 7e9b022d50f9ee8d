-- Each partition's index is built by itself, while reads and writes go on.
CREATE TABLE events (id int NOT NULL, day date NOT NULL, note text) PARTITION BY RANGE (day);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE events_now PARTITION OF events FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') PARTITION BY LIST (id);
CREATE TABLE events_now_1 PARTITION OF events_now FOR VALUES IN (1);
CREATE TABLE events_now_rest PARTITION OF events_now DEFAULT;
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2022-01-01') TO ('2023-01-01');
CREATE INDEX events_note ON events (lower(note)) WHERE note <> '';
ALTER TABLE events ADD CONSTRAINT events_once UNIQUE (id, day) INCLUDE (note);
