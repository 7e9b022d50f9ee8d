CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE missing (id int OPTIONS (name 'ID') NOT NULL, note text COLLATE "C" DEFAULT 'x', CHECK (id > 0)) SERVER s OPTIONS (file 'one');
COMMENT ON COLUMN missing.note IS 'n';
CREATE FOREIGN TABLE narrow (id int, note text) SERVER s;
CREATE FOREIGN TABLE elsewhere (id int) SERVER s OPTIONS (file 'one');
