CREATE ROLE app;
CREATE TABLE t (tenant text, handle text);
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY t_read ON t FOR SELECT TO app USING (tenant = current_setting('app.tenant', true));
CREATE POLICY t_write ON t FOR UPDATE TO app USING (tenant = (SELECT current_setting('app.tenant', true)));
CREATE POLICY t_insert ON t FOR INSERT TO app WITH CHECK (tenant = current_setting('app.tenant', true));
