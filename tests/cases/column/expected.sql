CREATE TABLE t (
  id int PRIMARY KEY,
  name varchar(50) NOT NULL,
  note text DEFAULT 'none',
  amount bigint,
  code text COLLATE "C",
  total int GENERATED ALWAYS AS (id * 2) STORED
);
