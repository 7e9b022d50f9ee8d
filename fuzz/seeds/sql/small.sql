CREATE SCHEMA app;
CREATE TYPE app.mood AS ENUM ('sad', 'it''s ok');
CREATE DOMAIN app.email AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE app.tenants (id uuid PRIMARY KEY, name text NOT NULL DEFAULT 'x''y');
CREATE FUNCTION app.tenant() RETURNS uuid LANGUAGE sql STABLE AS $$SELECT current_setting('app.tenant', true)::uuid$$;
CREATE TABLE app.notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES app.tenants,
  mood app.mood, "Who ""is"" it" app.email, is_shared boolean NOT NULL DEFAULT false,
  CONSTRAINT long CHECK (length("Who ""is"" it") > 3 AND mood <> 'sad'));
CREATE INDEX notes_tenant ON app.notes (tenant_id) WHERE is_shared;
ALTER TABLE app.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON app.notes USING (tenant_id = app.tenant() OR is_shared) WITH CHECK (tenant_id = app.tenant());
CREATE VIEW app.shared WITH (security_invoker) AS SELECT id, mood FROM app.notes WHERE is_shared;
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN new; END$$;
CREATE TRIGGER touch BEFORE UPDATE ON app.notes FOR EACH ROW EXECUTE FUNCTION app.touch();
COMMENT ON TABLE app.notes IS 'notes -- and */ more';
CREATE TABLE app.logs (at timestamptz, tenant_id uuid) PARTITION BY RANGE (at);
CREATE TABLE app.logs_1 PARTITION OF app.logs FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
GRANT SELECT ON app.notes TO PUBLIC;
