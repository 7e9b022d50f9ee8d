-- One row per collation that somebody made. The version of what sorts behind it is
-- the server's and is not read; columns that only some versions have go by their names in JSON.
SELECT
  c.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  c.collname::text AS name,
  CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' WHEN 'c' THEN 'libc' ELSE 'default' END AS provider,
  -- From 16 on a server keeps ICU's old way of writing a locale as a language tag: so do we for the others.
  COALESCE((
    SELECT COALESCE(NULLIF(pg_catalog.lower(pg_catalog.replace(pg_catalog.split_part(l.locale, '@', 1), '_', '-')), ''), 'und')
      || '-u-' || pg_catalog.string_agg(k.short || '-' || COALESCE(v.short, o.value), '-' ORDER BY k.short)
    FROM (
      SELECT pg_catalog.split_part(pair, '=', 1) AS name, pg_catalog.split_part(pair, '=', 2) AS value
      FROM pg_catalog.regexp_split_to_table(pg_catalog.split_part(l.locale, '@', 2), ';') AS pair) AS o
    LEFT JOIN (VALUES ('colCaseFirst', 'kf'), ('colNumeric', 'kn'), ('colStrength', 'ks'), ('colAlternate', 'ka'),
      ('colCaseLevel', 'kc'), ('colBackwards', 'kb'), ('colNormalization', 'kk'), ('colReorder', 'kr'),
      ('collation', 'co')) AS k(name, short) ON k.name = o.name
    LEFT JOIN (VALUES ('yes', 'true'), ('no', 'false'), ('primary', 'level1'), ('secondary', 'level2'),
      ('tertiary', 'level3'), ('quaternary', 'level4'), ('non-ignorable', 'noignore'), ('phonebook', 'phonebk'),
      ('traditional', 'trad')) AS v(name, short) ON v.name = o.value
    WHERE l.locale LIKE '%@%' AND c.collprovider = 'i'
    HAVING pg_catalog.bool_and(k.short IS NOT NULL)), l.locale) AS locale,
  CASE WHEN c.collprovider = 'c' THEN c.collcollate::text END AS lc_collate,
  CASE WHEN c.collprovider = 'c' THEN c.collctype::text END AS lc_ctype,
  CASE WHEN NOT c.collisdeterministic THEN true END AS nondeterministic,
  j.row ->> 'collicurules' AS rules,
  pg_catalog.pg_get_userbyid(c.collowner)::text AS owner,
  d.description AS comment
FROM pg_catalog.pg_collation AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(c) AS row OFFSET 0) AS j
CROSS JOIN LATERAL (
  SELECT COALESCE(j.row ->> 'colllocale', j.row ->> 'colliculocale',
    CASE WHEN c.collprovider <> 'c' THEN c.collcollate::text END) AS locale) AS l
LEFT JOIN pg_catalog.pg_description AS d
  ON d.classoid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
WHERE ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND e.deptype = 'e')
