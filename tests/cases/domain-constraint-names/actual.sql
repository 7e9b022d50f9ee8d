-- Kept whole from PostgreSQL 17
CREATE DOMAIN chosen AS int NOT NULL CONSTRAINT small CHECK (VALUE < 20);
COMMENT ON CONSTRAINT small ON DOMAIN chosen IS 'they are few';
-- Nobody declared a name: not drift.
CREATE DOMAIN plain AS int CONSTRAINT "anything goes" NOT NULL;
CREATE DOMAIN told AS int CONSTRAINT positive CHECK (VALUE > 0);
COMMENT ON CONSTRAINT positive ON DOMAIN told IS 'who knows';
