-- One row per extended statistics object. Those in another schema than their table carry it in their name.
SELECT
  s.oid,
  0 AS subid,
  n.nspname::text AS schema,
  c.relname::text AS parent,
  CASE WHEN s.stxnamespace = c.relnamespace THEN '' ELSE m.nspname || '.' END || s.stxname AS name,
  (SELECT pg_catalog.array_agg(k.word ORDER BY k.word)
    FROM (
      SELECT CASE x.kind WHEN 'd' THEN 'ndistinct' WHEN 'f' THEN 'dependencies' WHEN 'm' THEN 'mcv' END AS word
      FROM pg_catalog.unnest(s.stxkind) AS x(kind)) AS k
    WHERE k.word IS NOT NULL) AS kinds,
  pg_catalog.substring(pg_catalog.pg_get_statisticsobjdef(s.oid), ' ON (.*) FROM ') AS columns,
  NULLIF(s.stxstattarget::int4, -1) AS target,
  pg_catalog.format('%I.%I', m.nspname, s.stxname) AS qualified,
  pg_catalog.pg_get_userbyid(s.stxowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_statistic_ext AS s
JOIN pg_catalog.pg_namespace AS m ON m.oid = s.stxnamespace
JOIN pg_catalog.pg_class AS c ON c.oid = s.stxrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND d.objoid = s.oid AND d.objsubid = 0
WHERE ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND s.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND e.deptype = 'e')
