//! `tenant-rows-duplicate`: rows that a declared key, which is missing, would
//! refuse.

use crate::model::finding::Severity;
use crate::model::ident::quote;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::probes::Scene;
use crate::probes::key_of;
use crate::probes::question::Find;
use crate::probes::question::Question;

pub(super) fn ask(scene: &Scene) -> Vec<Question> {
    let mut questions = Vec::new();
    for (table, _) in scene.tenant_tables() {
        for kind in [ObjectKind::PrimaryKey, ObjectKind::Unique, ObjectKind::Index] {
            for key in scene.expected.children(kind, &table.id.schema, &table.id.name) {
                let held =
                    scene.actual.get(&key.id).is_some_and(|there| kind != ObjectKind::Index || there.flag("valid"));
                let by = columns(scene, table, key);
                if !held && by.contains(&scene.tenancy.column) {
                    questions.push(question(scene, table, key, by));
                }
            }
        }
    }
    questions
}

/// The columns of a key; none where it is no key of plain columns, all there.
fn columns(scene: &Scene, table: &Object, key: &Object) -> Vec<String> {
    let names: Vec<String> = match key.id.kind {
        ObjectKind::Index if key.flag("unique") && key.text("predicate").is_none() => {
            let all = scene.actual.children(ObjectKind::Column, &table.id.schema, &table.id.name);
            let plain = |text: &str| all.iter().find(|column| quote(&column.id.name) == text);
            key.list("keys").iter().map_while(|text| plain(text)).map(|column| column.id.name.to_string()).collect()
        }
        _ => key.list("columns").iter().map(ToString::to_string).collect(),
    };
    let wanted = if key.id.kind == ObjectKind::Index { key.list("keys") } else { key.list("columns") };
    let whole = names.len() == wanted.len() && names.iter().all(|name| scene.column(&table.id, name).is_some());
    if whole { names } else { Vec::new() }
}

fn question(scene: &Scene, table: &Object, key: &Object, by: Vec<String>) -> Question {
    let nulls_are_equal = key.flag("nulls_not_distinct")
        || key.text("definition").is_some_and(|definition| definition.starts_with("UNIQUE NULLS NOT DISTINCT"));
    Question {
        code: "tenant-rows-duplicate",
        severity: Severity::Error,
        object: key.id.clone(),
        table: table.id.clone(),
        key: key_of(scene.actual, &table.id),
        message: format!(
            "{} has {{rows}} more than once under ({}): {} is declared and cannot be added",
            table.id.dotted(),
            by.join(", "),
            key.id
        ),
        find: Find::Groups { by, nulls_are_equal },
        help: "decide which of the rows stays, or gets another value".to_owned(),
        no_repair: "an additive repair removes no row and changes no value".to_owned(),
    }
}
