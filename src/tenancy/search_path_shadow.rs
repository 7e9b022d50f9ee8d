//! `search-path-shadow`: something else stands before a tenant table of the same name.

use std::collections::BTreeMap;

use crate::model::finding::Severity;
use crate::model::ident::listed_names;
use crate::model::kind::ObjectKind;
use crate::model::object::Object;
use crate::model::object::ObjectId;
use crate::model::role;
use crate::tenancy::Confined;
use crate::tenancy::RuleFinding;
use crate::tenancy::Said;
use crate::tenancy::Scene;

/// Where a server looks unless it is told.
const STOCK: &str = "\"$user\", public";

pub(super) fn check(scene: &Scene) -> Vec<RuleFinding> {
    let tables = scene.guarded_tables();
    let mut findings: BTreeMap<ObjectId, RuleFinding> = BTreeMap::new();
    for confined in scene.held_back().filter(|confined| !confined.is_unbound()) {
        let path = path_of(scene, confined);
        for table in &tables {
            let Some(place) = path.iter().position(|schema| **schema == *table.id.schema) else { continue };
            for schema in &path[..place] {
                let found =
                    standing_before(scene, confined, schema, table).or_else(|| open_schema(scene, confined, schema));
                if let Some(finding) = found {
                    findings.entry(finding.object.clone()).or_insert(finding);
                }
            }
        }
    }
    findings.into_values().collect()
}

/// The schemas in which a session of the role looks names up, in their order.
fn path_of(scene: &Scene, confined: &Confined) -> Vec<String> {
    let setting = |name: &str| {
        let id = ObjectId::new(ObjectKind::Setting, "", "", name);
        scene.catalog.get(&id).and_then(|setting| setting.text("value"))
    };
    let own = role::find(&scene.catalog.roles, &confined.name);
    let everywhere = own.and_then(|role| role.settings.iter().find_map(|s| s.strip_prefix("search_path=")));
    let value = setting(&format!("search_path of {}", confined.name)).or(everywhere);
    let names = listed_names(value.or_else(|| setting("search_path")).unwrap_or(STOCK));
    names.into_iter().map(|name| if name == "$user" { confined.name.clone() } else { name }).collect()
}

/// A relation of the same name in a schema that comes first.
fn standing_before(scene: &Scene, confined: &Confined, schema: &str, table: &Object) -> Option<RuleFinding> {
    let kinds = [ObjectKind::Table, ObjectKind::ForeignTable, ObjectKind::View, ObjectKind::MaterializedView];
    let named = |kind| scene.catalog.get(&ObjectId::new(kind, schema, "", &table.id.name));
    let other = kinds.into_iter().find_map(named).filter(|_| confined.access.may_in_schema(schema, "USAGE"))?;
    let said = Said {
        message: format!(
            "{} stands before {} in the search_path of {}: statements that do not name the schema use it instead",
            other.id,
            table.id.dotted(),
            confined.name
        ),
        help: format!("rename it, or name schema {} first in the search_path", table.id.schema),
    };
    Some(warning(other.id.clone(), said))
}

/// A schema that comes first and in which the role can make such a relation.
fn open_schema(scene: &Scene, confined: &Confined, schema: &str) -> Option<RuleFinding> {
    let id = ObjectId::new(ObjectKind::Schema, "", "", schema);
    scene.catalog.get(&id)?;
    if !confined.access.may_in_schema(schema, "CREATE") {
        return None;
    }
    let said = Said {
        message: format!(
            "role {} may create tables and functions in schema {schema}, which comes before tenant tables in its \
             search_path: whatever it puts there is used in their place",
            confined.name
        ),
        help: format!("take it away: REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {}", confined.name),
    };
    Some(warning(id, said))
}

fn warning(object: ObjectId, said: Said) -> RuleFinding {
    let reason = "statements that rely on the present order would use something else";
    RuleFinding::left("search-path-shadow", Severity::Warning, object, said, reason)
}
