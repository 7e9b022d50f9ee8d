CREATE TABLE booking (room int, during int4range,
  CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&));
CREATE TABLE shift (during int4range, CONSTRAINT shift_overlap EXCLUDE USING gist (during WITH &&));
