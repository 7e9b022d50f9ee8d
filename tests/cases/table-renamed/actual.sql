CREATE TABLE workflow_step (id bigint PRIMARY KEY, name text NOT NULL, position int NOT NULL);
