CREATE TABLE rooms (room int4range, during daterange, PRIMARY KEY (room, during));
CREATE TABLE stays (room int4range, during daterange, guest int4range,
  CONSTRAINT one_guest UNIQUE (guest, during),
  CONSTRAINT in_a_room FOREIGN KEY (room, during) REFERENCES rooms (room, during));
