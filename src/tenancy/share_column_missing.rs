//! `share-column-missing`: a shareable table that cannot say what is shared.

use crate::model::finding::Fix;
use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::spec::ShareColumn;
use crate::spec::TableClass;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let columns = &scene.tenancy.shareable.columns;
    scene
        .tenant_tables()
        .filter(|(_, class)| *class == TableClass::Shareable)
        .flat_map(|(table, _)| columns.iter().map(move |column| (table, column)))
        .filter(|(table, column)| scene.catalog.get(&scene.column(table, &column.name)).is_none())
        .map(|(table, column)| finding(scene, table, column))
        .collect()
}

fn finding(scene: &Scene, table: &Object, column: &ShareColumn) -> RuleFinding {
    let (name, id) = (table.id.dotted(), scene.column(table, &column.name));
    let declared = scene.declared(&id).is_some();
    let (help, fix) = if declared {
        ("add the column with `drift fix --additive`".to_owned(), Fix::Additive)
    } else {
        let help = format!("declare {} for {name} in the expected SQL: {}", column.name, column.declaration);
        (help, Fix::None { reason: "the expected SQL does not declare the column either".into() })
    };
    RuleFinding {
        code: "share-column-missing",
        severity: Severity::Error,
        message: format!("{name} is shareable and has no {}: no policy can ask what is shared with whom", column.name),
        help,
        expected: if declared { None } else { Some(column.declaration.clone()) },
        supersedes: vec![(id.clone(), None)],
        object: id,
        fix,
    }
}
