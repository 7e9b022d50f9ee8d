CREATE TABLE orders (
  id bigint CONSTRAINT orders_pkey PRIMARY KEY USING INDEX TABLESPACE fast, total numeric NOT NULL
) TABLESPACE fast;
-- Built anew by a full plan, and stays where it is.
CREATE INDEX orders_total ON orders (total) TABLESPACE fast;
CREATE MATERIALIZED VIEW totals TABLESPACE fast AS SELECT sum(total) AS total FROM orders;
