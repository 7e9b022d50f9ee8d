CREATE TABLE log (at timestamptz);
