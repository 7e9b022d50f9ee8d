CREATE TABLE plans (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL UNIQUE, price numeric NOT NULL);
CREATE TABLE regions (country text, name text, PRIMARY KEY (country, name));
INSERT INTO plans (code, price) VALUES ('it''s big', 90), ('free', 0);
INSERT INTO regions VALUES ('ch', 'Uri'), ('ch', 'Bern'), ('de', 'Bern');
