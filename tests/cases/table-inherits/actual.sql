CREATE TABLE base (id int NOT NULL);
CREATE TABLE child (id int NOT NULL, extra text);
