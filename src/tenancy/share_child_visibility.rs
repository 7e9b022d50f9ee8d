//! `share-child-visibility`: a shared row whose parts stay invisible.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::spec::TableClass;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::keys::ForeignKey;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let mut findings = Vec::new();
    for (table, class) in scene.tables_with_tenant() {
        let private = scene.tenancy.shareable.keeps_private(&table.id.schema, &table.id.name);
        if class != TableClass::Owned || private {
            continue;
        }
        let keys = scene.foreign_keys(table).into_iter();
        let to_shareable = |key: &ForeignKey| scene.tenant_parent(key).is_some_and(|(_, c)| c == TableClass::Shareable);
        let whole = keys.filter(|key| is_part(scene, table, key) && to_shareable(key));
        findings.extend(whole.filter(|key| !follows(scene, table, key)).take(1).map(|key| finding(scene, table, &key)));
    }
    findings
}

/// True where a row cannot be without the other and goes with it: a part, and
/// not a mere reference.
fn is_part(scene: &Scene, table: &Object, key: &ForeignKey) -> bool {
    let required = |column: &str| scene.catalog.get(&scene.column(table, column)).is_some_and(|c| c.flag("not_null"));
    key.object.text("on_delete") == Some("cascade") && key.columns().iter().all(|column| required(column))
}

/// True where a policy for reading asks the table that the rows are part of.
fn follows(scene: &Scene, table: &Object, key: &ForeignKey) -> bool {
    let reading =
        |policy: &&Object| policy.flag("permissive") && matches!(policy.text("command"), Some("all" | "select"));
    scene
        .children(ObjectKind::Policy, table)
        .iter()
        .filter(reading)
        .any(|policy| scene.depends_on_tables(policy).any(|on| on == (key.schema.as_str(), key.table.as_str())))
}

fn finding(scene: &Scene, table: &Object, key: &ForeignKey) -> RuleFinding {
    let (name, parent) = (table.id.dotted(), format!("{}.{}", key.schema, key.table));
    let message = format!(
        "{name} holds parts of {parent}, which is shareable: whoever is shown a row there finds nothing of it here"
    );
    let reason = "whether the parts are shared with the whole only a person can say";
    RuleFinding::new("share-child-visibility", Severity::Warning, &table.id, message, reason).help(format!(
        "let a SELECT policy of {name} ask whether {parent} shows the row, or add \"{}\" to `private` under [shareable]",
        scene.short_name(table)
    ))
}
