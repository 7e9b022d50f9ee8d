CREATE TABLE here (a int NOT NULL);
CREATE TABLE twice (a int, b int, r int4range);
ALTER TABLE twice ADD CONSTRAINT twice_pkey PRIMARY KEY (a);
ALTER TABLE twice ADD CONSTRAINT twice_a_key UNIQUE (a);
ALTER TABLE twice ADD CONSTRAINT twice_b_one UNIQUE (b);
ALTER TABLE twice ADD CONSTRAINT twice_b_two UNIQUE (b);
ALTER TABLE twice ADD CONSTRAINT twice_r_one EXCLUDE USING gist (r WITH &&);
ALTER TABLE twice ADD CONSTRAINT twice_r_two EXCLUDE USING gist (r WITH &&);
