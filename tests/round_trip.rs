//! What a catalog says is enough to make the database anew: an empty database
//! with everything created from a catalog reads as the same catalog.
#![allow(clippy::disallowed_macros)]

use std::collections::BTreeSet;

use crate::common;
use drift::kinds;
use drift::kinds::Context;
use drift::model::catalog::Catalog;
use drift::model::object::Object;
use drift::model::step::Phase;
use drift::pg::introspect::Reader;
use drift::pg::introspect::Scope;
use drift::pg::introspect::count_rows;
use drift::pg::introspect::introspect;
use drift::pg::introspect::introspect_with_origins;
use tokio_postgres::Client;
use tokio_postgres::Config;
use tokio_postgres::NoTls;

async fn connect(server: &Config, database: &str) -> Client {
    let mut config = server.clone();
    config.dbname(database);
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

async fn fresh(admin: &Client, server: &Config, database: &str) -> Client {
    admin.batch_execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await.unwrap();
    admin.batch_execute(&format!("CREATE DATABASE {database}")).await.unwrap();
    connect(server, database).await
}

/// Objects so that each comes after what it depends on.
fn in_order(catalog: &Catalog) -> Vec<u32> {
    fn visit(catalog: &Catalog, at: u32, state: &mut [u8], order: &mut Vec<u32>) {
        if state[at as usize] != 0 {
            return;
        }
        state[at as usize] = 1;
        let edges = catalog.dependencies_of(at);
        for edge in edges.iter().filter(|e| !e.owned).chain(edges.iter().filter(|e| e.owned)) {
            visit(catalog, edge.to, state, order);
        }
        state[at as usize] = 2;
        order.push(at);
    }
    let mut state = vec![0; catalog.objects().len()];
    let mut order = Vec::new();
    for at in 0..catalog.objects().len() as u32 {
        visit(catalog, at, &mut state, &mut order);
    }
    order
}

fn show(object: &Object) -> String {
    let values: Vec<String> = object.attributes.iter().map(|(a, v)| format!("{}={v:?}", a.name)).collect();
    format!("{} {}", object.id, values.join(" "))
}

fn lines(catalog: &Catalog) -> BTreeSet<String> {
    catalog
        .objects()
        .iter()
        .map(|object| {
            let mut object = object.clone();
            object.attributes = object.attributes.without("position");
            show(&object)
        })
        .collect()
}

#[tokio::test(flavor = "current_thread")]
async fn a_catalog_makes_the_same_database() {
    let Some(shared) = common::server::shared() else { return };
    shared.rich_roles();
    let server: Config = shared.url("postgres", "postgres").parse().unwrap();
    let admin = connect(&server, "postgres").await;
    let first = fresh(&admin, &server, "drift_round_trip_1").await;
    first.batch_execute(include_str!("rich.sql")).await.unwrap();
    let (expected, origins) = introspect_with_origins(&first, &Scope::default()).await.unwrap();
    let again = introspect(&first, &Scope::default(), Reader::PgCatalog).await.unwrap();
    assert_eq!(expected, again, "two readings of one database are the same");
    assert!(origins.len() > expected.objects().len() / 2);
    if std::env::var_os("DRIFT_TEST_SHOW").is_some() {
        expected.objects().iter().for_each(|o| eprintln!("{}", show(o)));
        let edge =
            |e: &drift::model::catalog::Dependency| (expected.at(e.from).id.clone(), expected.at(e.to).id.clone());
        for e in expected.dependencies() {
            let (from, to) = edge(e);
            eprintln!("EDGE {from} -> {to}{}", if e.owned { " (owned)" } else { "" });
        }
        eprintln!("{:#?}", expected.coverage);
    }
    for kind in drift::model::kind::ObjectKind::ALL {
        assert!(!expected.of_kind(*kind).is_empty(), "the example has no {kind}");
    }

    let second = fresh(&admin, &server, "drift_round_trip_2").await;
    let empty = introspect(&second, &Scope::default(), Reader::PgCatalog).await.unwrap();
    assert_eq!(
        lines(&empty).len(),
        2,
        "an empty database has nothing but itself and schema public: {:?}",
        lines(&empty)
    );
    let nothing = empty.clone().retain(|_| false);
    let ctx = Context { expected: &expected, actual: &nothing, fill: &|_| None, offline: false };
    let mut steps: Vec<(Phase, String)> = Vec::new();
    for at in in_order(&expected) {
        let object = expected.at(at);
        let repair = (kinds::of(object.id.kind).create)(object, &ctx);
        assert!(repair.left.is_empty(), "{}: {:?}", object.id, repair.left);
        steps.extend(repair.steps.iter().map(|s| (s.as_step().phase, s.as_step().sql.clone())));
    }
    steps.sort_by_key(|(phase, _)| *phase);
    second.batch_execute("SET search_path = pg_catalog").await.unwrap();
    for round in ["first", "second"] {
        for (phase, sql) in &steps {
            if std::env::var_os("DRIFT_TEST_SHOW").is_some() && round == "first" {
                eprintln!("-- {phase:?}\n{sql}");
            }
            second.batch_execute(sql).await.unwrap_or_else(|e| panic!("{round} run: {e:?}\n{sql}"));
        }
        let actual = introspect(&second, &Scope::default(), Reader::PgCatalog).await.unwrap();
        let (expected, actual) = (lines(&expected), lines(&actual));
        let missing: Vec<_> = expected.difference(&actual).collect();
        let more: Vec<_> = actual.difference(&expected).collect();
        assert!(missing.is_empty() && more.is_empty(), "{round} run: expected {missing:#?}\nactual {more:#?}");
    }
    let rows = count_rows(&second, &expected, 0).await.unwrap();
    // One has a foreign partition, and nobody asks another server for its rows.
    assert_eq!(rows.len() + 1, expected.of_kind(drift::model::kind::ObjectKind::Table).len());
}
