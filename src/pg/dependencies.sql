-- One row per dependency of an object that a user made. A default counts as its column, a
-- view's rule as the view, a domain's check as the domain, what is published as its
-- publication, which outlives it. The triggers behind foreign keys are left out.
SELECT
  CASE WHEN f.oid IS NOT NULL OR r.oid IS NOT NULL THEN 'pg_catalog.pg_class'::pg_catalog.regclass::oid
    WHEN p.oid IS NOT NULL THEN 'pg_catalog.pg_publication'::pg_catalog.regclass::oid
    WHEN k.oid IS NOT NULL THEN 'pg_catalog.pg_type'::pg_catalog.regclass::oid
    ELSE d.classid END AS class,
  COALESCE(f.adrelid, r.ev_class, k.contypid, p.prpubid, d.objid) AS oid,
  COALESCE(f.adnum::int4, d.objsubid) AS subid,
  d.refclassid AS target_class,
  d.refobjid AS target_oid,
  d.refobjsubid AS target_subid,
  CASE WHEN p.oid IS NOT NULL THEN 'n' ELSE d.deptype::text END AS type
FROM pg_catalog.pg_depend AS d
LEFT JOIN pg_catalog.pg_attrdef AS f
  ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND f.oid = d.objid
LEFT JOIN pg_catalog.pg_rewrite AS r
  ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND r.oid = d.objid AND r.rulename = '_RETURN'
LEFT JOIN pg_catalog.pg_publication_rel AS p
  ON d.classid = 'pg_catalog.pg_publication_rel'::pg_catalog.regclass AND p.oid = d.objid
LEFT JOIN pg_catalog.pg_constraint AS k
  ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = d.objid AND k.contypid <> 0
WHERE d.objid >= 16384
  AND NOT (d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND d.deptype = 'i')
  AND d.refclassid <> 'pg_catalog.pg_attrdef'::pg_catalog.regclass
