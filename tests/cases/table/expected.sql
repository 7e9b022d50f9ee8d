CREATE TABLE agents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  price numeric(10,2) CHECK (price > 0)
);
COMMENT ON TABLE agents IS 'Who does the work.';
CREATE UNLOGGED TABLE cache (id int);
