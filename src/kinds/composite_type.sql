-- One row per composite type of its own, with its attributes in order. Row types of
-- relations are not read: they are their relations'.
SELECT
  t.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  t.typname::text AS name,
  a.attributes,
  a.attribute_comments,
  pg_catalog.pg_get_userbyid(t.typowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_type AS t
JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid AND c.relkind = 'c'
LEFT JOIN LATERAL (
  SELECT
    pg_catalog.array_agg(
      pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attcollation <> y.typcollation
          THEN ' COLLATE ' || a.attcollation::pg_catalog.regcollation::text ELSE '' END
      ORDER BY a.attnum) AS attributes,
    pg_catalog.array_agg(pg_catalog.quote_ident(a.attname) || ' IS ' || pg_catalog.quote_literal(s.description)
      ORDER BY a.attnum) FILTER (WHERE s.description IS NOT NULL) AS attribute_comments
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_description AS s
    ON s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND s.objoid = a.attrelid AND s.objsubid = a.attnum
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
) AS a ON true
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objoid = t.oid AND d.objsubid = 0
WHERE t.typtype = 'c'
  AND ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND t.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND e.deptype = 'e')
