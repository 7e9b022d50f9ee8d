-- A domain lets go of its checks for a function's sake, but not for its schema's.
CREATE SCHEMA sales;
CREATE DOMAIN sales.amount AS int CONSTRAINT positive CHECK (VALUE > 0);
-- What is published goes at once, whatever of it is named.
CREATE TABLE sales.lines (n int, v numeric);
CREATE PUBLICATION feed FOR TABLE ONLY sales.lines WHERE (v > 1) WITH (publish = 'insert');
-- Tables that need one another: by a foreign key, and by a policy.
CREATE TABLE sales.people (id int PRIMARY KEY);
CREATE TABLE sales.bills (payer int REFERENCES sales.people);
CREATE POLICY billed ON sales.people USING (EXISTS (SELECT FROM sales.bills AS b WHERE b.payer = id));
