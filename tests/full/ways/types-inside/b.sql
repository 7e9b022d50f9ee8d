CREATE TYPE mood AS ENUM ('sad', 'ok');
-- It gets one more part while the labels of another change.
CREATE TYPE state AS (feels mood, since date, why text);
CREATE TABLE people (name text, now state, before state[]);
CREATE TABLE another (a text);
CREATE TABLE child () INHERITS (another);
