//! `drift` compares a live Postgres with a declared multi-tenant schema and
//! writes the repair.
//!
//! The pipeline: a *source* (database, SQL, snapshot) is read into a
//! [`model::catalog::Catalog`]; two catalogs are compared into differences;
//! differences and tenancy rules become findings; findings are reported, or
//! answered by a plan that is proved on a clone before anyone sees it.

#[macro_use]
pub mod model;
pub mod cli;
pub mod diff;
pub mod explain;
pub mod files;
pub mod findings;
pub mod history;
pub mod jobs;
pub mod kinds;
pub mod pg;
pub mod plan;
pub mod probes;
pub mod report;
pub mod scratch;
pub mod snapshot;
pub mod spec;
pub mod tenancy;
