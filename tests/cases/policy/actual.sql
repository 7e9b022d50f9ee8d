CREATE ROLE app;
CREATE TABLE t (tenant text, handle text);
-- Off: the policies below confine nobody.
CREATE POLICY t_read ON t FOR SELECT TO app USING (true);
CREATE POLICY t_write ON t FOR UPDATE TO app USING (tenant = (select current_setting('app.tenant', true)));
CREATE POLICY t_all ON t USING (handle = 'zz');
