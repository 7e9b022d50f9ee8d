CREATE TYPE "Mood (now)" AS ENUM ('sad', 'ok');
CREATE TABLE notes (body text);
