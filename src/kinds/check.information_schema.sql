-- One row per check constraint, as information_schema shows it, which counts NOT NULL among
-- them: before 18 under made-up names, since then under its own, with a clause that has no
-- parentheses (and to others than the owner, with none). Where a name repeats in a schema, the
-- definition stays unknown. Servers before 17 show the clause as the whole definition has it,
-- with its parentheses and what follows them.
WITH shown AS MATERIALIZED (
  SELECT t.constraint_schema, t.table_schema, t.table_name, t.constraint_name,
    count(*) OVER (PARTITION BY t.constraint_schema, t.constraint_name) AS namesakes
  FROM information_schema.table_constraints AS t
  WHERE t.constraint_type = 'CHECK' AND (t.table_schema <> 'information_schema' AND t.table_schema !~ '^pg_' AND $1::text[] IS NULL OR t.table_schema = ANY ($1::text[]))
), clauses AS MATERIALIZED (
  SELECT c.constraint_schema, c.constraint_name, min(c.check_clause) AS clause, count(*) AS clauses,
    bool_and(c.check_clause LIKE '% IS NOT NULL') AS not_null
  FROM information_schema.check_constraints AS c WHERE (c.constraint_schema <> 'information_schema' AND c.constraint_schema !~ '^pg_' AND $1::text[] IS NULL OR c.constraint_schema = ANY ($1::text[]))
  GROUP BY c.constraint_schema, c.constraint_name
), server AS (
  SELECT pg_catalog.current_setting('server_version_num')::int4 AS version
)
SELECT 0::oid AS oid, 0 AS subid, s.table_schema::text AS schema, s.table_name::text AS parent, s.constraint_name::text AS name,
  CASE WHEN s.namesakes <> 1 OR c.clauses <> 1 THEN NULL
    WHEN v.version >= 170000 THEN 'CHECK (' || c.clause || ')'
    ELSE 'CHECK ' || pg_catalog.regexp_replace(c.clause, '( NO INHERIT)?( NOT VALID)?$', '')
  END AS definition
FROM server AS v
CROSS JOIN shown AS s
LEFT JOIN clauses AS c ON c.constraint_schema = s.constraint_schema AND c.constraint_name = s.constraint_name
WHERE s.constraint_name !~ '^[0-9]+_[0-9]+_[0-9]+_not_null$'
  AND NOT COALESCE(c.not_null, v.version >= 180000 AND s.constraint_name LIKE '%\_not\_null')
