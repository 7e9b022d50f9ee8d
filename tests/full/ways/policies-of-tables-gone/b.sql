CREATE TYPE temper AS ENUM ('sad', 'ok');
CREATE TABLE people (id int, feels temper);
CREATE TABLE remarks (id int);
CREATE POLICY happy ON remarks USING (EXISTS (SELECT FROM people AS p WHERE p.feels IS NOT NULL));
