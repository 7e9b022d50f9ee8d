CREATE TABLE IF NOT EXISTS app.users (id int PRIMARY KEY);
CREATE INDEX IF NOT EXISTS users_mail ON app.users (mail);
