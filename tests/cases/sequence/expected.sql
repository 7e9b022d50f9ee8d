CREATE SEQUENCE invoice_number START 1000 INCREMENT 10;
CREATE SEQUENCE ticket_number;
-- The sequence of a serial column belongs to the table.
CREATE TABLE orders (id serial PRIMARY KEY);
