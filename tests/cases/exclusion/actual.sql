-- An index of that name is not the constraint.
CREATE TABLE booking (room int, during int4range);
CREATE INDEX no_overlap ON booking USING gist (during);
CREATE TABLE shift (during int4range);
