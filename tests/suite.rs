//! Most tests, in one program: linking it once takes a fraction of linking one for each file, and two tests
//! are under way to the end. A server that tests share is shared by those of one file.
//!
//! `cargo test --release --test suite status::` runs those of tests/status.rs.

mod common;

mod apply;
mod architecture;
mod audit;
mod backfill;
mod bad_input;
mod book;
mod cases;
mod ci_cli;
mod ci_files;
mod connect;
mod convergence;
mod coverage;
mod dump;
mod formats;
mod full;
mod full_cli;
mod fuzz;
mod guard;
mod hostile;
mod isolation_page;
mod ledgers;
mod matrix;
mod offline;
mod probe;
mod proof_part;
mod prove;
mod readme;
mod renames;
mod repair;
mod report;
mod report_document;
mod round_trip;
mod rules;
mod scratch;
mod secrets;
mod server;
mod session;
mod shown;
mod start;
mod status;
mod tenancy_expressions;
mod tenancy_policy;
mod tenancy_roles;
mod tenancy_shape;
mod undo;
mod verdicts;
mod wire;
