//! Holes in policies, seeded into two schemas, and near-misses.

mod common;

use common::mutation::Bench;
use common::mutation::Case;

#[tokio::test(flavor = "multi_thread")]
async fn on_the_projects_own_schema() {
    let bench = Bench::open("expected-schema").await;
    bench
        .judge(&[
            Case::hole(
                "row security is off",
                "ALTER TABLE public.tools DISABLE ROW LEVEL SECURITY",
                &["rls-disabled public.tools"],
            ),
            Case::silent("another comment", "COMMENT ON TABLE public.tools IS 'x'"),
        ])
        .await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_schema_of_organizations() {
    let bench = Bench::open("tests/schemas/organizations").await;
    bench
        .judge(&[
            Case::hole(
                "row security is off",
                "ALTER TABLE public.tasks DISABLE ROW LEVEL SECURITY",
                &["rls-disabled public.tasks"],
            ),
            Case::silent("another comment", "COMMENT ON TABLE public.tasks IS 'x'"),
        ])
        .await;
    bench.close().await;
}
