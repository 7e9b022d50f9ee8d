CREATE COLLATION codes (LC_COLLATE = 'POSIX', LC_CTYPE = 'POSIX');
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
CREATE TABLE another (a text COLLATE codes, b int);
CREATE TABLE child (c code) INHERITS (another);
INSERT INTO child VALUES ('a', 1, 'C');
