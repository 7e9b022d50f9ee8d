-- Nothing is said of where anything is kept: that is the server's, and not drift.
CREATE TABLE orders (id bigint CONSTRAINT orders_pkey PRIMARY KEY, total numeric NOT NULL);
CREATE INDEX orders_total ON orders (total DESC);
CREATE MATERIALIZED VIEW totals AS SELECT sum(total) AS total FROM orders;
