\set ON_ERROR_STOP on
COPY t (a, b) FROM stdin;
1	;
\.
create or replace function f() returns int language sql begin atomic select case when true then 1 end; select 2; end;
DO $do$ BEGIN EXECUTE 'CREATE TABLE IF NOT EXISTS x.y (a int)'; COMMIT; END $do$;
CREATE RULE r AS ON INSERT TO a.t DO ALSO (SELECT 1; SELECT 2);
ALTER TABLE ONLY s.t ADD COLUMN IF NOT EXISTS "a;b" text DEFAULT E'\';', DETACH PARTITION p CONCURRENTLY;
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a) /* /* ; */ */ WHERE U&"d\0061" > $1;
SELECT $$;$$, $a$ $b$ ; $b$ $a$, 'x' -- ; 
