//! What each role may do, asked of the server: inheritance and column grants included.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Result;

use crate::jobs::isolation::layout::Name;
use crate::jobs::isolation::stage::Stage;
use crate::model::ident::literal;

/// What a role may do with one relation.
#[derive(Debug, Clone, Default)]
pub struct Rights {
    pub select: bool,
    pub insert: bool,
    pub update: bool,
    pub delete: bool,
    pub truncate: bool,
    /// By column: SELECT, INSERT, UPDATE.
    pub columns: BTreeMap<String, [bool; 3]>,
    /// Commands that some permissive policy admits; `*` is every one.
    pub admitted: BTreeSet<char>,
}

impl Rights {
    /// False where the role has none at all.
    pub fn any(&self) -> bool {
        self.select || self.insert || self.update || self.delete || self.truncate
    }

    pub fn may_select(&self, column: &str) -> bool {
        self.columns.get(column).is_some_and(|rights| rights[0])
    }

    pub fn may_insert(&self, column: &str) -> bool {
        self.columns.get(column).is_some_and(|rights| rights[1])
    }

    pub fn may_update(&self, column: &str) -> bool {
        self.columns.get(column).is_some_and(|rights| rights[2])
    }

    /// True where a permissive policy of the role lets some rows through: `r`, `a`, `w` or `d`.
    pub fn admits(&self, command: char) -> bool {
        self.admitted.contains(&command) || self.admitted.contains(&'*')
    }
}

/// The columns of every relation, in their order.
pub type Columns = BTreeMap<Name, Vec<String>>;

const RELATIONS: &str = "
SELECT n.nspname, c.relname,
  pg_catalog.has_schema_privilege(ROLE, n.oid, 'USAGE'),
  pg_catalog.has_any_column_privilege(ROLE, c.oid, 'SELECT'),
  pg_catalog.has_any_column_privilege(ROLE, c.oid, 'INSERT'),
  pg_catalog.has_any_column_privilege(ROLE, c.oid, 'UPDATE'),
  pg_catalog.has_table_privilege(ROLE, c.oid, 'DELETE'),
  pg_catalog.has_table_privilege(ROLE, c.oid, 'TRUNCATE')
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

const COLUMNS: &str = "
SELECT n.nspname, c.relname, a.attname,
  pg_catalog.has_column_privilege(ROLE, c.oid, a.attnum, 'SELECT'),
  pg_catalog.has_column_privilege(ROLE, c.oid, a.attnum, 'INSERT'),
  pg_catalog.has_column_privilege(ROLE, c.oid, a.attnum, 'UPDATE')
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.oid, a.attnum";

const POLICIES: &str = "
SELECT n.nspname, c.relname, p.polcmd::text
FROM pg_catalog.pg_policy AS p
JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE p.polpermissive AND EXISTS (
  SELECT FROM pg_catalog.unnest(p.polroles) AS r(role)
  WHERE r.role = 0 OR pg_catalog.pg_has_role(ROLE, r.role, 'USAGE'))";

/// The roles that a role may become with SET ROLE and whose rights it has not without it, with those rights.
///
/// # Errors
/// The scratch is gone.
pub async fn becomes(stage: &Stage<'_>, role: &str) -> Result<Vec<(String, BTreeMap<Name, Rights>)>> {
    let version = stage.ask("SELECT current_setting('server_version_num')::int >= 160000").await?;
    // Since version 16 a membership says by itself whether it allows SET ROLE.
    let kind = if version.value() == Some("t") { "SET" } else { "MEMBER" };
    let sql = format!(
        "SELECT r.rolname FROM pg_catalog.pg_roles AS r WHERE r.rolname !~ '^pg_' AND r.rolname <> {name} \
         AND pg_catalog.pg_has_role({name}, r.oid, '{kind}') AND NOT pg_catalog.pg_has_role({name}, r.oid, 'USAGE') \
         ORDER BY 1",
        name = literal(role)
    );
    let mut all = Vec::new();
    for row in stage.ask(&sql).await?.rows {
        let Some(name) = row.into_iter().next().flatten() else { continue };
        let (rights, _) = read(stage, &name).await?;
        all.push((name, rights));
    }
    Ok(all)
}

/// The rights of a role on every relation of the user's schemas, and the relations' columns.
///
/// # Errors
/// The scratch is gone.
pub async fn read(stage: &Stage<'_>, role: &str) -> Result<(BTreeMap<Name, Rights>, Columns)> {
    let ask = |sql: &str| sql.replace("ROLE", &literal(role));
    let mut all: BTreeMap<Name, Rights> = BTreeMap::new();
    let mut columns = Columns::new();
    let text = |row: &[Option<String>], i: usize| row[i].clone().unwrap_or_default();
    let yes = |row: &[Option<String>], i: usize| row[i].as_deref() == Some("t");
    for row in stage.ask(&ask(RELATIONS)).await?.rows {
        let usage = yes(&row, 2);
        let rights = Rights {
            select: usage && yes(&row, 3),
            insert: usage && yes(&row, 4),
            update: usage && yes(&row, 5),
            delete: usage && yes(&row, 6),
            truncate: usage && yes(&row, 7),
            ..Rights::default()
        };
        all.insert((text(&row, 0), text(&row, 1)), rights);
    }
    for row in stage.ask(&ask(COLUMNS)).await?.rows {
        let name = (text(&row, 0), text(&row, 1));
        columns.entry(name.clone()).or_default().push(text(&row, 2));
        if let Some(rights) = all.get_mut(&name) {
            rights.columns.insert(text(&row, 2), [yes(&row, 3), yes(&row, 4), yes(&row, 5)]);
        }
    }
    for row in stage.ask(&ask(POLICIES)).await?.rows {
        if let Some(rights) = all.get_mut(&(text(&row, 0), text(&row, 1))) {
            rights.admitted.extend(text(&row, 2).chars());
        }
    }
    Ok((all, columns))
}
