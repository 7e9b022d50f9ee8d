//! `grant-anon`: those who have not signed in have a right on a tenant table.

use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;
use crate::tenancy::grant_unsafe::MANY;
use crate::tenancy::grant_unsafe::among;
use crate::tenancy::roles::listed;
use crate::tenancy::roles::role_id;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let Some(anonymous) = scene.anonymous.as_ref().filter(|role| !role.is_unbound()) else { return Vec::new() };
    let name = &anonymous.name;
    let to_anonymous = |grantee: &str| grantee != "public" && anonymous.access.acts_as(grantee);
    let open = Open::of(scene, &to_anonymous);
    let help = |target: &str| format!("take it away: REVOKE ALL ON {target} FROM {name}");
    open.findings("grant-anon", &format!("role {name}, who has not signed in,"), role_id(name), &help)
}

/// Which guarded tables a kind of grantee has rights on.
pub(super) struct Open<'s, 'a> {
    scene: &'s Scene<'a>,
    tables: usize,
    open: Vec<(&'a Object, Vec<&'a Object>)>,
}

impl<'s, 'a> Open<'s, 'a> {
    pub(super) fn of(scene: &'s Scene<'a>, whose: &dyn Fn(&str) -> bool) -> Open<'s, 'a> {
        let (tables, grants) = (scene.guarded_tables(), scene.grants());
        let theirs = |grant: &&Object| grant.text("grantee").is_some_and(whose);
        let on = |table: &Object| -> Vec<&'a Object> {
            let all = grants.get(&(&*table.id.schema, &*table.id.name));
            all.into_iter().flatten().copied().filter(theirs).collect()
        };
        let open = tables.iter().map(|table| (*table, on(table))).filter(|(_, grants)| !grants.is_empty()).collect();
        Open { scene, tables: tables.len(), open }
    }

    /// One finding for each table, or one for all where it is all of them.
    pub(super) fn findings(
        &self,
        code: &'static str,
        who: &str,
        everywhere: ObjectId,
        help: &dyn Fn(&str) -> String,
    ) -> Vec<RuleFinding> {
        let finding = |object: ObjectId, on: &str, target: &str, grants: &[&Object]| {
            let said = Said {
                message: format!("{who} has {} {on}: only policies stand before the rows", privileges(grants)),
                help: help(target),
            };
            let reason = "revoking takes rights away, which an additive patch never does";
            RuleFinding::left(code, Severity::Warning, object, said, reason).superseding(self.scene.undeclared(grants))
        };
        if self.open.len() > 1 && (self.open.len() == self.tables || self.open.len() >= MANY) {
            let all: Vec<&Object> = self.open.iter().flat_map(|(_, grants)| grants.iter().copied()).collect();
            let which: Vec<&Object> = self.open.iter().map(|(table, _)| *table).collect();
            let on = format!("on {}", among(&which, self.tables));
            return vec![finding(everywhere, &on, "ALL TABLES IN SCHEMA …", &all)];
        }
        self.open
            .iter()
            .map(|(table, grants)| {
                finding(table.id.clone(), &format!("on {}", table.id.dotted()), &table.id.qualified(), grants)
            })
            .collect()
    }
}

/// The privileges of some grants, each once.
fn privileges(grants: &[&Object]) -> String {
    let mut all: Vec<&str> = grants
        .iter()
        .flat_map(|grant| grant.list("privileges"))
        .map(|privilege| privilege.split(" WITH ").next().unwrap_or(privilege))
        .collect();
    all.sort_unstable();
    all.dedup();
    listed(&all)
}
