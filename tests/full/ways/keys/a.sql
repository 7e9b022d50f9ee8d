-- Keys that others rest upon, and keys that nobody does.
CREATE TABLE p (a int, b int, c int, CONSTRAINT p_pkey PRIMARY KEY (a, b), CONSTRAINT p_u UNIQUE (c), CONSTRAINT p_e EXCLUDE USING btree (c WITH =));
CREATE TABLE q (a int, b int, CONSTRAINT q_fk FOREIGN KEY (a, b) REFERENCES p (a, b));
CREATE TABLE r (a int, b int, CONSTRAINT r_pkey PRIMARY KEY (a));
CREATE INDEX r_b ON r (b);
CREATE UNIQUE INDEX r_ub ON r (b DESC NULLS LAST) WHERE a > 0;
COMMENT ON INDEX r_b IS 'why';
INSERT INTO p VALUES (1, 2, 3), (4, 5, 6);
INSERT INTO q VALUES (1, 2);
INSERT INTO r VALUES (1, 2);
