CREATE TABLE plans (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL UNIQUE, price numeric NOT NULL);
CREATE TABLE regions (country text, name text, PRIMARY KEY (country, name));
