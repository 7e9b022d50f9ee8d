CREATE TABLE orders (
  id bigint CONSTRAINT orders_pkey PRIMARY KEY,
  number text,
  CONSTRAINT orders_number UNIQUE (number) DEFERRABLE,
  CONSTRAINT orders_once EXCLUDE (number WITH =) WHERE (id > 0)
);
CREATE TABLE lines (
  id bigint CONSTRAINT lines_pkey PRIMARY KEY USING INDEX TABLESPACE fast, order_id bigint REFERENCES orders
) TABLESPACE fast;
CREATE INDEX lines_order ON lines (order_id) WITH (fillfactor = 90) WHERE order_id > 0;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM orders;
CREATE TABLE events (at date NOT NULL) PARTITION BY RANGE (at);
CREATE INDEX events_at ON events (at);
CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') TABLESPACE fast;
CREATE TABLE same (id int) TABLESPACE fast;
