//! `share-column-type`: a share column that cannot say what it should.

use crate::model::finding::Severity;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Scene;
use crate::tenancy::sharing;
use crate::tenancy::sharing::Declaration;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let columns = sharing::columns(scene).into_iter();
    columns.filter_map(|(column, declaration)| finding(scene, column, &declaration)).collect()
}

fn finding(scene: &Scene, column: &Object, declaration: &Declaration) -> Option<RuleFinding> {
    let (name, table) = (column.id.dotted(), format!("{}.{}", column.id.schema, column.id.parent));
    let actual = sharing::plain_type(column.text("base_type").or(column.text("type"))?);
    let code = "share-column-type";
    if actual != declaration.kind {
        let message = format!(
            "{name} is {actual}, and [shareable] says {}: what the policies of {table} ask of it fails or means something else",
            declaration.kind
        );
        let reason = "another type rewrites the table and can lose values";
        let finding = RuleFinding::new(code, Severity::Error, &column.id, message, reason);
        let help =
            format!("add a column of type {} beside it, fill it, and let the two change places", declaration.kind);
        return Some(finding.help(help).covers("type"));
    }
    if !declaration.not_null || column.flag("not_null") {
        return None;
    }
    let message =
        format!("{name} may be NULL, which [shareable] rules out: whether such a row is shared nobody can say");
    let finding = RuleFinding::new(
        code,
        Severity::Error,
        &column.id,
        message,
        "the expected SQL does not declare NOT NULL either",
    );
    let declared = scene.declared(&column.id).is_some_and(|declared| declared.flag("not_null"));
    let help = format!("declare {} NOT NULL for {table} in the expected SQL", column.id.name);
    Some(finding.help(help).covers("not_null").repaired_if(declared))
}
