-- A type loses a label while tables that hold it go, and stay.
CREATE TYPE state AS ENUM ('new', 'done', 'lost');
CREATE TABLE gone (s state);
CREATE TABLE kept (s state DEFAULT 'new', gone state);
INSERT INTO kept VALUES ('done', 'new');
