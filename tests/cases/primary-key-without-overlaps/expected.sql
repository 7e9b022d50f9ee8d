-- Needs PostgreSQL 18
CREATE TABLE rooms (room int4range, during daterange, PRIMARY KEY (room, during WITHOUT OVERLAPS));
CREATE TABLE stays (room int4range, during daterange, guest int4range,
  CONSTRAINT one_guest UNIQUE (guest, during WITHOUT OVERLAPS),
  CONSTRAINT in_a_room FOREIGN KEY (room, PERIOD during) REFERENCES rooms (room, PERIOD during));
