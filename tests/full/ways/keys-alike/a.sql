-- CREATE TABLE makes one of two keys on the same columns, and says nothing.
CREATE TABLE here (a int NOT NULL);
