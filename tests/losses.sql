-- One statement per row that takes something away from tests/rich.sql: every
-- table, column, constraint, index, view, sequence, routine, trigger, policy,
-- type, default, NOT NULL and flag in turn.
WITH relation AS (
  SELECT c.oid, c.relkind, c.relname, c.relispartition, c.relrowsecurity, c.relforcerowsecurity, c.oid::regclass::text AS name
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname IN ('app', 'public', 'Odd "schema"')
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
)
SELECT statement FROM (
  SELECT 1 AS n, format('DROP TABLE %s CASCADE', name) AS statement FROM relation WHERE relkind IN ('r', 'p')
  UNION ALL
  SELECT 2, format('ALTER TABLE %s DROP COLUMN %I CASCADE', r.name, a.attname)
  FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid
  WHERE r.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0 AND NOT r.relispartition
    AND NOT EXISTS (
      SELECT FROM pg_partitioned_table AS p JOIN pg_attribute AS x ON x.attrelid = p.partrelid AND x.attnum = ANY (p.partattrs)
      WHERE x.attname = a.attname
        AND (p.partrelid = r.oid OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = p.partrelid AND i.inhparent = r.oid)))
  UNION ALL
  SELECT 3, format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', r.name, k.conname)
  FROM relation AS r JOIN pg_constraint AS k ON k.conrelid = r.oid
  WHERE k.conislocal AND k.conparentid = 0 AND k.contype IN ('p', 'u', 'f', 'c', 'x')
  UNION ALL
  SELECT 4, format('DROP INDEX %s CASCADE', r.name) FROM relation AS r
  WHERE r.relkind IN ('i', 'I') AND NOT r.relispartition AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = r.oid)
  UNION ALL
  SELECT 5, format('DROP %s %s CASCADE', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'SEQUENCE' END, name)
  FROM relation WHERE relkind IN ('v', 'm')
    OR relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = oid AND d.deptype = 'i')
  UNION ALL
  SELECT 6, format('DROP ROUTINE %s CASCADE', p.oid::regprocedure)
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
  WHERE n.nspname = 'app' AND p.prokind IN ('f', 'p', 'a')
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype IN ('e', 'i'))
  UNION ALL
  SELECT 7, format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass) FROM pg_trigger AS t
  WHERE NOT t.tgisinternal AND t.tgparentid = 0
  UNION ALL
  SELECT 8, format('DROP POLICY %I ON %s', p.polname, p.polrelid::regclass) FROM pg_policy AS p
  UNION ALL
  SELECT 9, format('DROP STATISTICS app.%I', s.stxname) FROM pg_statistic_ext AS s
  UNION ALL
  SELECT 9, format('DROP TEXT SEARCH CONFIGURATION app.%I', c.cfgname) FROM pg_ts_config AS c WHERE c.oid >= 16384
  UNION ALL
  SELECT 9, format('DROP TEXT SEARCH DICTIONARY app.%I CASCADE', d.dictname) FROM pg_ts_dict AS d
  WHERE d.oid >= 16384 AND d.dictnamespace = 'app'::regnamespace
  UNION ALL
  SELECT 9, format('DROP TYPE %s CASCADE', t.oid::regtype) FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace
  WHERE n.nspname = 'app' AND t.typtype IN ('e', 'd', 'r')
    AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = t.oid AND d.deptype = 'e')
  UNION ALL
  SELECT 10, format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', name) FROM relation WHERE relrowsecurity
  UNION ALL
  SELECT 11, format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', name) FROM relation WHERE relforcerowsecurity
  UNION ALL
  SELECT 12, format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', r.name, a.attname)
  FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid
  WHERE r.relkind IN ('r', 'p') AND a.atthasdef AND a.attgenerated = '' AND a.attidentity = ''
  UNION ALL
  SELECT 13, format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL', r.name, a.attname)
  FROM relation AS r JOIN pg_attribute AS a ON a.attrelid = r.oid
  WHERE r.relkind IN ('r', 'p') AND a.attnotnull AND a.attidentity = '' AND a.attnum > 0 AND a.attinhcount = 0
    AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = r.oid AND i.indisprimary AND a.attnum = ANY (i.indkey))
  UNION ALL
  SELECT 20, format('DROP RULE %I ON %s', w.rulename, w.ev_class::regclass) FROM pg_rewrite AS w
  WHERE w.rulename <> '_RETURN' AND w.oid >= 16384
  UNION ALL
  SELECT 21, format('DROP PUBLICATION %I', pubname) FROM pg_publication
  UNION ALL
  SELECT 22, format('DROP EVENT TRIGGER %I', evtname) FROM pg_event_trigger
  UNION ALL
  SELECT 23, format('DROP FOREIGN TABLE %s', name) FROM relation WHERE relkind = 'f'
  UNION ALL
  SELECT 24, format('DROP SERVER %I CASCADE', srvname) FROM pg_foreign_server
  UNION ALL
  SELECT 25, format('DROP FOREIGN DATA WRAPPER %I CASCADE', fdwname) FROM pg_foreign_data_wrapper
  UNION ALL
  SELECT 14, u FROM unnest(ARRAY[
    'REVOKE ALL ON app.everything FROM drift_app',
    'REVOKE ALL ON app.numbers FROM drift_app',
    'REVOKE ALL ON SCHEMA app FROM drift_app',
    'COMMENT ON TABLE app.everything IS NULL',
    'ALTER TABLE app.everything DISABLE TRIGGER touch',
    'DROP SCHEMA "Odd ""schema""" CASCADE',
    'DROP SCHEMA app CASCADE'
  ]) AS u
) AS all_of_them
ORDER BY n, statement
