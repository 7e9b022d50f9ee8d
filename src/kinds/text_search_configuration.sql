-- One row per text search configuration. A mapping is `token type: dictionaries`, in the order in which they are asked.
SELECT
  c.oid,
  0 AS subid,
  n.nspname::text AS schema,
  '' AS parent,
  c.cfgname::text AS name,
  pg_catalog.format('%I.%I', m.nspname, p.prsname) AS parser,
  (SELECT pg_catalog.array_agg(g.alias || ': ' || g.dictionaries ORDER BY g.alias)
    FROM (
      SELECT k.alias, pg_catalog.string_agg(pg_catalog.format('%I.%I', w.nspname, d.dictname), ', ' ORDER BY t.mapseqno)
        AS dictionaries
      FROM pg_catalog.pg_ts_config_map AS t
      JOIN pg_catalog.ts_token_type(c.cfgparser) AS k ON k.tokid = t.maptokentype
      JOIN pg_catalog.pg_ts_dict AS d ON d.oid = t.mapdict
      JOIN pg_catalog.pg_namespace AS w ON w.oid = d.dictnamespace
      WHERE t.mapcfg = c.oid
      GROUP BY k.alias) AS g) AS mappings,
  pg_catalog.pg_get_userbyid(c.cfgowner)::text AS owner,
  x.description AS comment
FROM pg_catalog.pg_ts_config AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.cfgnamespace
JOIN pg_catalog.pg_ts_parser AS p ON p.oid = c.cfgparser
JOIN pg_catalog.pg_namespace AS m ON m.oid = p.prsnamespace
LEFT JOIN pg_catalog.pg_description AS x
  ON x.classoid = 'pg_catalog.pg_ts_config'::pg_catalog.regclass AND x.objoid = c.oid AND x.objsubid = 0
WHERE ($1::text[] IS NULL AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
       OR n.nspname = ANY ($1::text[]))
  AND c.oid NOT IN (
    SELECT e.objid FROM pg_catalog.pg_depend AS e
    WHERE e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      AND e.classid = 'pg_catalog.pg_ts_config'::pg_catalog.regclass AND e.deptype = 'e')
