CREATE SUBSCRIPTION missing CONNECTION 'host=far dbname=''it\''s''' PUBLICATION b, a WITH (connect = false, slot_name = NONE);
COMMENT ON SUBSCRIPTION missing IS 'Rows from afar.';
CREATE SUBSCRIPTION changed CONNECTION 'postgresql://me@far:5433/db?sslmode=require' PUBLICATION a, "B c" WITH (connect = false, slot_name = other, synchronous_commit = local);
-- Another password and another order: not read, not compared, not shown.
CREATE SUBSCRIPTION secret CONNECTION 'host=far password=first' PUBLICATION a, b WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION moved CONNECTION 'host=far password=first' PUBLICATION a WITH (connect = false, slot_name = NONE);
