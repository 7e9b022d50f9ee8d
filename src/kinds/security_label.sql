-- One row per label of an object that SECURITY LABEL names by name. Labels of the database, of
-- subscriptions, roles and tablespaces are where all databases share them; those of large objects
-- hang on numbers.
WITH labelled AS (
  SELECT s.objoid, s.classoid, s.objsubid, s.provider, s.label, i.type, i.identity
  FROM pg_catalog.pg_seclabel AS s
  CROSS JOIN LATERAL pg_catalog.pg_identify_object(s.classoid, s.objoid, s.objsubid) AS i
  WHERE s.classoid <> 'pg_catalog.pg_largeobject'::pg_catalog.regclass
    AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend AS e
      WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
        AND e.classid = s.classoid AND e.objid = s.objoid AND e.deptype = 'e')
), placed AS (
  SELECT l.*, COALESCE(c.relnamespace, p.pronamespace, t.typnamespace, z.oid) AS namespace,
    CASE
      WHEN c.oid IS NOT NULL THEN c.relname::text
      WHEN t.oid IS NOT NULL THEN t.typname::text
      WHEN p.oid IS NOT NULL THEN p.proname || '(' || COALESCE((
        SELECT pg_catalog.string_agg(pg_catalog.format_type(a.type, NULL), ', ' ORDER BY a.n)
        FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a(type, n)), '') || ')'
      WHEN z.oid IS NOT NULL THEN ''
      ELSE COALESCE(g.lanname, v.evtname, u.pubname)::text
    END AS parent,
    (SELECT a.attname::text FROM pg_catalog.pg_attribute AS a
     WHERE l.objsubid > 0 AND a.attrelid = c.oid AND a.attnum = l.objsubid) AS column_name,
    -- A table has its row's type, an index nobody's label: what else shares a name is told apart.
    CASE WHEN c.oid IS NULL AND p.oid IS NULL AND z.oid IS NULL THEN l.type END AS besides
  FROM labelled AS l
  LEFT JOIN pg_catalog.pg_class AS c ON l.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = l.objoid
  LEFT JOIN pg_catalog.pg_proc AS p ON l.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = l.objoid
  LEFT JOIN pg_catalog.pg_type AS t ON l.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = l.objoid
  LEFT JOIN pg_catalog.pg_namespace AS z ON l.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND z.oid = l.objoid
  LEFT JOIN pg_catalog.pg_language AS g ON l.classoid = 'pg_catalog.pg_language'::pg_catalog.regclass AND g.oid = l.objoid
  LEFT JOIN pg_catalog.pg_event_trigger AS v
    ON l.classoid = 'pg_catalog.pg_event_trigger'::pg_catalog.regclass AND v.oid = l.objoid
  LEFT JOIN pg_catalog.pg_publication AS u ON l.classoid = 'pg_catalog.pg_publication'::pg_catalog.regclass AND u.oid = l.objoid
)
SELECT
  0::oid AS oid,
  0 AS subid,
  COALESCE(n.nspname::text, '') AS schema,
  l.parent,
  l.provider || COALESCE(' (' || COALESCE(l.column_name, l.besides) || ')', '') AS name,
  l.label,
  l.provider,
  CASE WHEN l.column_name IS NOT NULL THEN 'column' WHEN l.type = 'aggregate' THEN 'routine' ELSE l.type END AS object_type,
  l.identity AS target,
  l.column_name
FROM placed AS l
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = l.namespace
WHERE l.namespace IS NULL
  OR $1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  OR n.nspname = ANY ($1::text[])
