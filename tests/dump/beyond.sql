-- Not for pg_dump, which writes SQL for these that does not load.
CREATE TABLE parent (id integer, flag boolean DEFAULT true);
CREATE TABLE child (own text) INHERITS (parent);
ALTER TABLE child ALTER COLUMN flag DROP DEFAULT;
ALTER TABLE child ALTER COLUMN flag SET NOT NULL;
CREATE TABLE grandchild () INHERITS (child);
ALTER TABLE grandchild ALTER COLUMN flag SET DEFAULT false;
