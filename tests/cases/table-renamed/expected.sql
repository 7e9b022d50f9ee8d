CREATE TABLE workflow_steps (id bigint PRIMARY KEY, name text NOT NULL, position int NOT NULL);
