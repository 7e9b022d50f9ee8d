-- One row per dependency of an object that a user made. A default counts as its column, a
-- view's rule as the view, a domain's check as the domain, what is published as its
-- publication, which outlives it; a member of an operator family as the class whose type
-- it is for, or else as the family. The triggers behind foreign keys are left out.
WITH needs AS (
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
    CASE WHEN p.oid IS NOT NULL OR d.refclassid = 'pg_catalog.pg_opfamily'::pg_catalog.regclass THEN 'n'
      ELSE d.deptype::text END AS type
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
    AND d.classid NOT IN ('pg_catalog.pg_amop'::pg_catalog.regclass, 'pg_catalog.pg_amproc'::pg_catalog.regclass)
    AND NOT (d.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND d.deptype = 'i')
    AND d.refclassid <> 'pg_catalog.pg_attrdef'::pg_catalog.regclass
), members AS MATERIALIZED (
  SELECT 'pg_catalog.pg_amop'::pg_catalog.regclass AS catalog, o.oid, o.amopfamily AS family,
    o.amoplefttype AS lefttype, o.amoprighttype AS righttype, o.amopsortfamily AS sorts_by
  FROM pg_catalog.pg_amop AS o
  WHERE o.oid >= 16384
  UNION ALL
  SELECT 'pg_catalog.pg_amproc'::pg_catalog.regclass, p.oid, p.amprocfamily, p.amproclefttype, p.amprocrighttype, 0
  FROM pg_catalog.pg_amproc AS p
  WHERE p.oid >= 16384
), placed AS MATERIALIZED (
  SELECT m.*, (
    SELECT c.oid FROM pg_catalog.pg_opclass AS c
    WHERE c.opcfamily = m.family AND c.opcintype = m.lefttype AND m.lefttype = m.righttype
    ORDER BY c.opcdefault DESC, c.opcname
    LIMIT 1) AS class
  FROM members AS m
)
SELECT * FROM needs
UNION ALL
-- That a member is in its class or family is no need of either.
SELECT
  CASE WHEN m.class IS NOT NULL THEN 'pg_catalog.pg_opclass'::pg_catalog.regclass
    ELSE 'pg_catalog.pg_opfamily'::pg_catalog.regclass END,
  COALESCE(m.class, m.family), 0, d.refclassid, d.refobjid, d.refobjsubid, 'n'
FROM placed AS m
JOIN pg_catalog.pg_depend AS d ON d.classid = m.catalog AND d.objid = m.oid
WHERE d.refobjid = m.sorts_by
  OR d.refclassid NOT IN ('pg_catalog.pg_opclass'::pg_catalog.regclass, 'pg_catalog.pg_opfamily'::pg_catalog.regclass)
UNION ALL
-- What was parsed with a cast is printed with it, and the server records only its function.
SELECT n.class, n.oid, n.subid, 'pg_catalog.pg_cast'::pg_catalog.regclass, c.oid, 0, 'n'
FROM needs AS n
JOIN pg_catalog.pg_cast AS c ON n.target_class = 'pg_catalog.pg_proc'::pg_catalog.regclass AND n.target_oid = c.castfunc
WHERE c.oid >= 16384
  AND n.class IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass,
    'pg_catalog.pg_constraint'::pg_catalog.regclass, 'pg_catalog.pg_rewrite'::pg_catalog.regclass,
    'pg_catalog.pg_policy'::pg_catalog.regclass, 'pg_catalog.pg_trigger'::pg_catalog.regclass)
UNION ALL
-- Nor does it record the operators of an exclusion.
SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, 0, 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, 0, 'n'
FROM pg_catalog.pg_constraint AS k CROSS JOIN LATERAL pg_catalog.unnest(k.conexclop) AS o(oid)
WHERE k.contype = 'x' AND o.oid >= 16384
