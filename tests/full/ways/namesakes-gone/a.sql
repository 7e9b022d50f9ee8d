-- The table shares its name with much, and goes as a whole.
CREATE SCHEMA s;
CREATE TABLE s.same (id int PRIMARY KEY, b text);
CREATE POLICY p ON s.same USING (true);
CREATE INDEX same_b ON s.same (b);
GRANT SELECT ON s.same TO PUBLIC;
CREATE TEXT SEARCH CONFIGURATION s.same (PARSER = "default");
CREATE COLLATION s.same (LOCALE = 'C', PROVIDER = libc);
CREATE FUNCTION s.same() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE OPERATOR FAMILY s.same USING btree;
