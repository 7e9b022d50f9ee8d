//! `fk-to-shareable`: a reference that may reach private rows of another tenant.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::spec::References;
use crate::spec::TableClass;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::fk_crosses_tenants;
use crate::tenancy::keys::ForeignKey;
use crate::tenancy::names;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    if scene.tenancy.shareable.refs == References::Same {
        return Vec::new();
    }
    fk_crosses_tenants::unguarded(scene)
        .into_iter()
        .filter(|(table, key, class)| *class == TableClass::Shareable && !is_watched(scene, table, key))
        .map(|(table, key, _)| finding(scene, table, &key))
        .collect()
}

/// True where a trigger sees every new reference, and its function names the table
/// referred to. What it refuses is shown by the proof, not here.
fn is_watched(scene: &Scene, table: &Object, key: &ForeignKey) -> bool {
    scene.children(ObjectKind::Trigger, table).iter().any(|trigger| {
        let on = |event: &str| trigger.list("events").iter().any(|e| **e == *event);
        let columns = trigger.list("columns");
        let sees = columns.is_empty() || key.columns().iter().all(|column| columns.contains(column));
        trigger.flag("for_each_row")
            && on("insert")
            && on("update")
            && sees
            && matches!(trigger.text("enabled"), Some("enabled" | "always"))
            && trigger.text("function").is_some_and(|function| names(scene.catalog, function, &key.table))
    })
}

fn finding(scene: &Scene, table: &Object, key: &ForeignKey) -> RuleFinding {
    let (name, parent, object) = (table.id.dotted(), format!("{}.{}", key.schema, key.table), &key.object.id);
    let read = scene.tenancy.shareable.read.as_deref().unwrap_or("it is shared");
    let message = format!(
        "{} lets a row of {name} point at any row of {parent}, private ones of other tenants too: \
         foreign keys do not ask what is shared",
        object.name
    );
    let reason = "a composite key would refuse rows that are shared, and a trigger has to be written for the table";
    RuleFinding::new("fk-to-shareable", Severity::Warning, object, message, reason).help(format!(
        "declare a constraint trigger on {name} that asks for a {} of the same tenant, or one of which {read}; \
         or say refs = \"same\" under [shareable]",
        key.table
    ))
}
