CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER missing TYPE 'files' VERSION '2' FOREIGN DATA WRAPPER w OPTIONS (host 'one');
CREATE SERVER changed FOREIGN DATA WRAPPER w OPTIONS (host 'one');
-- Another password: not read, not compared, not shown.
CREATE SERVER secret FOREIGN DATA WRAPPER w OPTIONS (host 'one', password 'first');
