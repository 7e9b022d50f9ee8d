-- Two columns, not forty findings: a missing table is one.
CREATE TABLE cache (id int);
CREATE TABLE scratchpad (id int);
