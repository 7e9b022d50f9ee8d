CREATE SCHEMA s;
CREATE TABLE s.same (id int PRIMARY KEY, b text, c int) PARTITION BY LIST (id);
CREATE POLICY p ON s.same USING (true);
CREATE INDEX same_b ON s.same (b);
GRANT SELECT ON s.same TO PUBLIC;
