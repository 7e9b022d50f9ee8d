//! `secdef-search-path`: a privileged routine looks names up where its caller says.

use crate::model::finding::Severity;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let functions = scene.catalog.of_kind(ObjectKind::Function).iter();
    functions
        .chain(scene.catalog.of_kind(ObjectKind::Procedure))
        .filter(|routine| routine.flag("security_definer") && shows_settings(routine))
        .filter(|routine| !is_pinned(routine) && !is_parsed(routine))
        .map(|routine| finding(scene, routine))
        .collect()
}

/// False where only `information_schema` was read, which does not show them.
fn shows_settings(routine: &Object) -> bool {
    routine.text("volatility").is_some()
}

fn is_pinned(routine: &Object) -> bool {
    routine.list("settings").iter().any(|setting| setting.starts_with("search_path="))
}

/// The names in a body of standard SQL were looked up when it was created.
fn is_parsed(routine: &Object) -> bool {
    let body = routine.text("body").unwrap_or_default();
    routine.text("language") == Some("sql") && (body.starts_with("BEGIN ATOMIC") || body.starts_with("RETURN "))
}

fn finding(scene: &Scene, routine: &Object) -> RuleFinding {
    let word = routine.id.kind.word().to_uppercase();
    let target = routine.text("signature").unwrap_or(&routine.id.name);
    let said = Said {
        message: format!(
            "{} is SECURITY DEFINER without a search_path of its own: its caller decides which tables and functions \
             the names in it mean",
            routine.id
        ),
        help: format!("fix where it looks: ALTER {word} {target} SET search_path = <the schemas it uses>, pg_temp"),
    };
    let reason = "with another search_path the names in its body may mean something else";
    let mut finding = RuleFinding::left("secdef-search-path", Severity::Warning, routine.id.clone(), said, reason);
    if scene.declared(&routine.id).is_some_and(is_pinned) {
        finding.supersedes.push((routine.id.clone(), Some("settings")));
    }
    finding
}
