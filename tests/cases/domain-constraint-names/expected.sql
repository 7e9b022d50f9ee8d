-- Kept whole from PostgreSQL 17
CREATE DOMAIN chosen AS int CONSTRAINT "must be given" NOT NULL CONSTRAINT small CHECK (VALUE < 10);
COMMENT ON CONSTRAINT small ON DOMAIN chosen IS 'they are few';
CREATE DOMAIN plain AS int NOT NULL;
CREATE DOMAIN told AS int CONSTRAINT positive CHECK (VALUE > 0);
COMMENT ON CONSTRAINT positive ON DOMAIN told IS 'it''s a count';
