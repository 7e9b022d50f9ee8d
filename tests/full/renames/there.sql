CREATE TYPE status AS ENUM ('open', 'paid');
CREATE TABLE orders (id serial PRIMARY KEY, org uuid, total numeric CHECK (total > 0), state status DEFAULT 'open');
CREATE INDEX orders_org_idx ON orders (org);
CREATE VIEW unpaid AS SELECT id, org, total FROM orders WHERE state = 'open';
INSERT INTO orders (org, total) SELECT gen_random_uuid(), n FROM generate_series(1, 4) AS n;
