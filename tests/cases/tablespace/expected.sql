CREATE TABLE orders (
  id bigint CONSTRAINT orders_pkey PRIMARY KEY USING INDEX TABLESPACE fast,
  number text,
  CONSTRAINT orders_number UNIQUE (number) USING INDEX TABLESPACE fast DEFERRABLE,
  CONSTRAINT orders_once EXCLUDE (number WITH =) USING INDEX TABLESPACE fast WHERE (id > 0)
) TABLESPACE fast;
CREATE TABLE lines (id bigint CONSTRAINT lines_pkey PRIMARY KEY, order_id bigint REFERENCES orders);
CREATE INDEX lines_order ON lines (order_id) WITH (fillfactor = 90) TABLESPACE fast WHERE order_id > 0;
CREATE MATERIALIZED VIEW totals TABLESPACE fast AS SELECT count(*) AS n FROM orders;
-- Its parts are kept where it says; one says otherwise.
CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at) TABLESPACE fast;
CREATE INDEX events_at ON events (at) TABLESPACE fast;
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') TABLESPACE pg_default;
-- Missing on the other side.
CREATE TABLE fresh (id int CONSTRAINT fresh_pkey PRIMARY KEY USING INDEX TABLESPACE fast) TABLESPACE fast;
-- In the same place on both sides: not drift.
CREATE TABLE same (id int) TABLESPACE fast;
