ALTER TABLE projects ADD COLUMN archived_at timestamptz;
CREATE INDEX projects_archived ON projects (archived_at);
