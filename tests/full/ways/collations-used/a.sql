-- What sorts by a collation sorts as the database does while that is made anew; values of types that
-- are made of it wait as text. Keys and indexes are built again.
CREATE COLLATION codes (LC_COLLATE = 'C', LC_CTYPE = 'C');
CREATE DOMAIN code AS text COLLATE codes CHECK (VALUE > 'A');
CREATE TYPE pair AS (a text COLLATE codes, n int);
CREATE TYPE span AS RANGE (subtype = text, collation = codes);
CREATE TABLE books (
  isbn text COLLATE codes PRIMARY KEY,
  shelf text COLLATE codes DEFAULT ('x' COLLATE codes),
  kind code, marks pair, more pair[], pages span,
  low text COLLATE codes GENERATED ALWAYS AS (lower(shelf)) STORED,
  title text CHECK (title > 'a' COLLATE codes)
);
CREATE UNIQUE INDEX books_shelf ON books (shelf, isbn);
CREATE TABLE loans (isbn text COLLATE codes REFERENCES books);
CREATE VIEW shown AS SELECT shelf, (marks).a FROM books ORDER BY shelf;
INSERT INTO books VALUES ('1', 'b', 'C', ROW('d', 1), ARRAY[ROW('e,"', 2), NULL]::pair[], '[f,g)', DEFAULT, 'h');
INSERT INTO loans VALUES ('1');
-- Beside rows that are kept aside.
CREATE TABLE parent (a text COLLATE codes, b int);
CREATE TABLE child (c code) INHERITS (parent);
INSERT INTO child VALUES ('a', 1, 'C');
