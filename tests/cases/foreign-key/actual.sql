CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (a int, b int, c int, d int,
  CONSTRAINT child_b_fkey FOREIGN KEY (b) REFERENCES parent,
  CONSTRAINT child_d_fkey FOREIGN KEY (d) REFERENCES parent MATCH FULL ON UPDATE CASCADE);
-- There, but it does not hold for the rows that were there before.
ALTER TABLE child ADD CONSTRAINT child_c_fkey FOREIGN KEY (c) REFERENCES parent NOT VALID;
