CREATE TABLE filled (id int PRIMARY KEY, label text NOT NULL, flag boolean NOT NULL DEFAULT false);
CREATE TABLE empty (id int PRIMARY KEY, label text NOT NULL);
CREATE TABLE parent (code int NOT NULL);
CREATE TABLE child () INHERITS (parent);
