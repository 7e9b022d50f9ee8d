//! The two readers of a database, held against each other.

use std::collections::BTreeSet;

use drift::kinds;
use drift::model::catalog::Catalog;
use drift::model::kind::ObjectKind;
use drift::model::object::Object;
use drift::pg::connect;
use drift::pg::introspect::Reader;
use drift::pg::introspect::Scope;
use drift::pg::introspect::introspect;

use super::server::Server;

/// The text without a list of columns and the words before it.
fn without_list(text: &str, start: &str) -> String {
    match text.split_once(start) {
        Some((before, rest)) => format!("{before}{}", rest.split_once(')').unwrap().1),
        None => text.to_owned(),
    }
}

/// Both readers, on one database, as its owner: on everything that both cover they agree.
pub async fn agree(server: &Server, database: &str) {
    let session = connect::connect(&connect::Target::parse(&server.url("postgres", database)).unwrap()).await.unwrap();
    let scope = Scope::default();
    let catalog = introspect(session.client(), &scope, Reader::PgCatalog).await.unwrap();
    let standard = introspect(session.client(), &scope, Reader::InformationSchema).await.unwrap();
    session.close().await;

    // What the standard leaves out of a text, and the domain's own NOT NULL, which it adds.
    let said = |object: &Object, domain: bool| {
        let value = |name: &str, text: String| match name {
            "type" if text.contains('.') || text.ends_with("[]") => {
                text.split('(').next().unwrap().to_owned()
                    + if text.ends_with("[]") && text.contains('(') { "[]" } else { "" }
            }
            "definition" => {
                let text = without_list(&text, " INCLUDE (").trim_end_matches(" NO INHERIT").to_owned();
                without_list(&text, " ON DELETE SET NULL (").replace(" ON DELETE SET NULL", "")
            }
            _ => text,
        };
        let values: Vec<String> = object
            .attributes
            .iter()
            .filter(|(a, _)| !(domain && a.name == "not_null"))
            .map(|(a, v)| format!("{}={}", a.name, value(a.name, v.to_string())))
            .collect();
        format!("{} {}", object.id, values.join(" "))
    };
    let domains: Vec<String> = catalog.of_kind(ObjectKind::Domain).iter().map(|d| d.id.qualified()).collect();
    let is_domain = |object: &Object| object.text("type").is_some_and(|t| domains.iter().any(|d| d == t));
    // The standard knows neither extensions nor routines in C.
    let outside: Vec<String> = server
        .psql(
            database,
            &["-c", "SELECT n.nspname || '.' || p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
                     JOIN pg_language l ON l.oid = p.prolang WHERE l.lanname IN ('c', 'internal') OR EXISTS \
                     (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')"],
        )
        .lines()
        .map(str::to_owned)
        .collect();
    // Nor partitions: what their parent implies, it shows of each.
    let partitions: Vec<(String, String)> = catalog
        .of_kind(ObjectKind::Table)
        .iter()
        .filter(|table| table.text("partition_of").is_some())
        .map(|table| (table.id.schema.to_string(), table.id.name.to_string()))
        .collect();
    assert!(!partitions.is_empty() && !outside.is_empty(), "the example has partitions and extensions");
    let covered = |object: &Object| {
        let implied = partitions.iter().any(|(s, t)| **s == *object.id.schema && **t == *object.id.parent);
        let routine = object.id.dotted().split('(').next().unwrap().to_owned();
        (!implied || object.id.kind == ObjectKind::Column) && !outside.contains(&routine)
    };
    // Where a constraint's name occurs twice in a schema, nobody can tell what belongs to which.
    let unknown = |object: &Object| {
        standard.get(&object.id).is_some_and(|shown| shown.attributes.get("definition").is_none())
            && object.attributes.get("definition").is_some()
    };
    let lines = |catalog: &Catalog| -> BTreeSet<String> {
        catalog
            .objects()
            .iter()
            .filter(|o| covered(o))
            .map(|o| {
                let mut object = o.clone();
                if unknown(o) {
                    object.attributes = object.attributes.without("definition");
                }
                said(&object, is_domain(o))
            })
            .collect()
    };
    let (left, right) = (lines(&kinds::as_standard(catalog.clone())), lines(&standard));
    assert!(left.len() > 300, "only {} objects are covered by both", left.len());
    let only_left: Vec<_> = left.difference(&right).collect();
    let only_right: Vec<_> = right.difference(&left).collect();
    assert!(
        only_left.is_empty() && only_right.is_empty(),
        "pg_catalog {only_left:#?}\ninformation_schema {only_right:#?}"
    );
}

/// What the standard's views show a role that owns nothing is all there: no
/// version's made-up constraints are among it.
pub async fn shows_no_more(server: &Server, database: &str, role: &str) {
    let read = async |user: &str, reader: Reader| {
        let target = connect::Target::parse(&server.url(user, database)).unwrap();
        let session = connect::connect(&target).await.unwrap();
        let catalog = introspect(session.client(), &Scope::default(), reader).await.unwrap();
        session.close().await;
        catalog
    };
    let all = read("postgres", Reader::PgCatalog).await;
    let shown = read(role, Reader::InformationSchema).await;
    let checks = shown.of_kind(ObjectKind::Check);
    assert!(checks.len() > 10, "{role} sees {} checks", checks.len());
    let more: Vec<String> = checks.iter().filter(|c| all.get(&c.id).is_none()).map(|c| c.id.to_string()).collect();
    assert!(more.is_empty(), "{more:#?}");
}
