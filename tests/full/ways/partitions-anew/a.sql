-- It is split by another column: what hangs on its partition is made again as well.
CREATE TABLE whole (a int NOT NULL, b int NOT NULL) PARTITION BY LIST (a);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (3, 4);
CREATE INDEX by_a ON part (a DESC);
-- A key goes, and with it that its columns hold something.
CREATE TABLE keyed (a int NOT NULL, b text, c smallint, PRIMARY KEY (c, a, b)) PARTITION BY HASH (a);
CREATE TABLE a_half PARTITION OF keyed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE kept (a int NOT NULL) PARTITION BY LIST (a);
CREATE INDEX on_kept ON kept (a) WITH (fillfactor = 60);
