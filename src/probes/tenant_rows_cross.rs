//! `tenant-rows-cross`: rows that hang on a row of another tenant.

use std::collections::BTreeSet;

use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::probes::Scene;
use crate::probes::key_of;
use crate::probes::question::Big;
use crate::probes::question::Find;
use crate::probes::question::Question;
use crate::probes::read;
use crate::probes::referenced;
use crate::spec::TableClass;

pub(super) fn ask(scene: &Scene) -> Vec<Question> {
    let mut asked = BTreeSet::new();
    let mut questions = Vec::new();
    for (table, _) in scene.tenant_tables() {
        let (schema, name) = (&table.id.schema, &table.id.name);
        // A key that is declared and missing ties the same rows.
        let present = scene.actual.children(ObjectKind::ForeignKey, schema, name);
        let declared = scene.expected.children(ObjectKind::ForeignKey, schema, name);
        for key in present.iter().chain(declared) {
            let Some(parent) = referenced(scene.actual, key) else { continue };
            let Some(class) = scene.tenant_class(parent) else { continue };
            let pairs = pairs(scene, key);
            let there = |table: &Object, column: &str| scene.column(&table.id, column).is_some();
            if pairs.is_empty() || pairs.iter().any(|(own, other)| !there(table, own) || !there(parent, other)) {
                continue;
            }
            if asked.insert((table.id.clone(), parent.id.clone(), pairs.clone())) {
                questions.push(question(scene, table, key, (parent, class), &pairs));
            }
        }
    }
    questions
}

/// The columns of a key and what they refer to, without the tenant's.
fn pairs(scene: &Scene, key: &Object) -> Vec<(String, String)> {
    let tenant = &*scene.tenancy.column;
    let columns = key.list("columns").iter().zip(key.list("referenced_columns"));
    columns
        .filter(|(own, other)| (&***own, &***other) != (tenant, tenant))
        .map(|(a, b)| (a.to_string(), b.to_string()))
        .collect()
}

fn question(
    scene: &Scene,
    table: &Object,
    key: &Object,
    (parent, class): (&Object, TableClass),
    pairs: &[(String, String)],
) -> Question {
    let tenant = quote(&scene.tenancy.column);
    let joined: Vec<String> =
        pairs.iter().map(|(own, other)| format!("p.{} = r.{}", quote(other), quote(own))).collect();
    let mut condition = format!("p.{tenant} <> r.{tenant}");
    if class == TableClass::Shareable
        && let Some(shown) = shown(scene, parent, &format!("r.{tenant}"))
    {
        condition.push_str(&format!("\n    AND NOT EXISTS (SELECT FROM (SELECT p.*) AS shared WHERE ({shown}))"));
    }
    let columns = pairs.iter().map(|(own, _)| own.as_str()).collect::<Vec<_>>().join(", ");
    let shared = if class == TableClass::Shareable { " and that is not shared with them" } else { "" };
    Question {
        code: "tenant-rows-cross",
        severity: Severity::Error,
        object: key.id.clone(),
        table: table.id.clone(),
        key: key_of(scene.actual, &table.id),
        find: Find::Rows {
            from: format!("JOIN {} AS p ON {}", parent.id.qualified(), joined.join(" AND ")),
            condition,
            big: Big::Sample,
        },
        message: format!(
            "{} has {{rows}} whose {columns} names a row of {} that is another tenant's{shared}: \
             what one tenant does to its own row reaches the other's",
            table.id.dotted(),
            parent.id.dotted()
        ),
        help: "find out which side is wrong, and correct it; then tie them with a foreign key that carries the tenant"
            .to_owned(),
        no_repair: "only a person knows which of the two rows has the wrong tenant".to_owned(),
    }
}

/// The predicate by which a parent is shown to other tenants, where all of its
/// columns are there.
fn shown(scene: &Scene, parent: &Object, tenant: &str) -> Option<String> {
    let columns = &scene.tenancy.shareable.columns;
    columns.iter().all(|column| scene.column(&parent.id, &column.name).is_some()).then_some(())?;
    read::shown_to(scene.tenancy, tenant)
}
