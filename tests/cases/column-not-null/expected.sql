CREATE TABLE filled (id int PRIMARY KEY, label text NOT NULL, flag boolean NOT NULL DEFAULT false);
CREATE TABLE empty (id int PRIMARY KEY, label text NOT NULL);
