CREATE SCHEMA trade;
CREATE DOMAIN trade.amount AS int CONSTRAINT positive CHECK (VALUE > 0);
CREATE TABLE trade.lines (n int, v numeric);
CREATE PUBLICATION feed FOR TABLE ONLY trade.lines WHERE (v > 1) WITH (publish = 'insert');
CREATE TABLE trade.people (id int PRIMARY KEY);
CREATE TABLE trade.bills (payer int REFERENCES trade.people);
CREATE POLICY billed ON trade.people USING (EXISTS (SELECT FROM trade.bills AS b WHERE b.payer = id));
