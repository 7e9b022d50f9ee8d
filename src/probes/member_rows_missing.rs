//! `member-rows-missing`: rows made by somebody who is no member of the tenant
//! that they belong to. Advice: people leave, and their rows stay.

use std::collections::BTreeSet;

use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::probes::Scene;
use crate::probes::key_of;
use crate::probes::names_a_maker;
use crate::probes::question::Big;
use crate::probes::question::Find;
use crate::probes::question::Question;
use crate::spec::TableClass;

pub(super) fn ask(scene: &Scene) -> Vec<Question> {
    let mut questions = Vec::new();
    let memberships: Vec<Membership> =
        scene.tenant_tables().filter_map(|(t, class)| membership(scene, t, class)).collect();
    for (table, _) in scene.tenant_tables() {
        for key in scene.actual.children(ObjectKind::ForeignKey, &table.id.schema, &table.id.name) {
            let ([column], [referenced]) = (key.list("columns"), key.list("referenced_columns")) else { continue };
            let users = (key.text("references").unwrap_or_default(), &**referenced);
            let known = memberships.iter().find(|m| m.users == users && m.table.id != table.id);
            if let Some(membership) = known.filter(|_| names_a_maker(column)) {
                questions.push(question(scene, table, key, (column, membership)));
            }
        }
    }
    questions
}

/// A table that says who belongs to which tenant: one row for each pair.
struct Membership<'a> {
    table: &'a Object,
    user: &'a str,
    /// The table of users, and its key.
    users: (&'a str, &'a str),
}

fn membership<'a>(scene: &Scene<'a>, table: &'a Object, class: TableClass) -> Option<Membership<'a>> {
    if class != TableClass::Member {
        return None;
    }
    let children = |kind| scene.actual.children(kind, &table.id.schema, &table.id.name);
    let keys = [ObjectKind::PrimaryKey, ObjectKind::Unique].into_iter().flat_map(children);
    let pairs: Vec<BTreeSet<&str>> = keys.map(|key| key.list("columns").iter().map(|c| &**c).collect()).collect();
    children(ObjectKind::ForeignKey).iter().find_map(|key| {
        let ([user], [referenced]) = (key.list("columns"), key.list("referenced_columns")) else { return None };
        let pair = BTreeSet::from([&**user, &*scene.tenancy.column]);
        let users = (key.text("references")?, &**referenced);
        (pair.len() == 2 && pairs.contains(&pair)).then_some(Membership { table, user, users })
    })
}

fn question(scene: &Scene, table: &Object, key: &Object, (column, membership): (&str, &Membership)) -> Question {
    let (tenant, members) = (quote(&scene.tenancy.column), membership.table.id.qualified());
    let (own, user) = (quote(column), quote(membership.user));
    Question {
        code: "member-rows-missing",
        severity: Severity::Note,
        object: key.id.clone(),
        table: table.id.clone(),
        key: key_of(scene.actual, &table.id),
        find: Find::Rows {
            from: String::new(),
            condition: format!(
                "r.{own} IS NOT NULL AND r.{tenant} IS NOT NULL AND NOT EXISTS (\n    \
                 SELECT FROM {members} AS m WHERE m.{user} = r.{own} AND m.{tenant} = r.{tenant})"
            ),
            big: Big::Sample,
        },
        message: format!(
            "{} has {{rows}} whose {column} is no member of the row's tenant in {}: the person left, or the row has the wrong tenant",
            table.id.dotted(),
            membership.table.id.dotted()
        ),
        help: "look whether the person left the tenant; if not, the row's tenant is wrong".to_owned(),
        no_repair: "only a person knows whether somebody left, or the row has the wrong tenant".to_owned(),
    }
}
