CREATE TABLE labels (id bigint PRIMARY KEY, project bigint NOT NULL REFERENCES projects, word text);
