-- Foreign tables inherit as others do.
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE TABLE parent (a int);
CREATE FOREIGN TABLE far () INHERITS (parent) SERVER s;
