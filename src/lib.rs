//! `drift` compares a live Postgres with a declared multi-tenant schema, says what differs and which tenant can see
//! what it must not, and writes the repair. Most people use the program of that name; this is for Rust tests
//! that want to know the same:
//!
//! ```no_run
//! #[test]
//! fn the_migrations_lead_to_the_declared_schema() {
//!     let declared = drift::Declared::at("expected-schema");
//!     let url = std::env::var("TEST_DATABASE_URL").unwrap();
//!
//!     let checked = declared.check(&url).unwrap();
//!     assert!(checked.is_clean(), "{checked}");
//!
//!     let proved = declared.prove(&url).unwrap();
//!     assert!(proved.is_proven(), "{proved}");
//! }
//! ```
//!
//! [`Declared`] is the whole interface, and [`model::report::Report`] and [`model::isolation::IsolationReport`] are
//! what it answers with, the same that `--format json` writes. The other modules are public for the tests and
//! benchmarks of this repository alone, and change without notice; `docs/ARCHITECTURE.md` says how they are laid out.
//!
//! The pipeline: a *source* (database, SQL, snapshot) is read into a catalog; two catalogs are compared into
//! differences; differences and tenancy rules become findings; findings are reported, or answered by a plan that is
//! proved on a clone before anyone sees it.
#![warn(missing_docs)]

#[macro_use]
pub mod model;
#[doc(hidden)]
pub mod cli;
mod declared;
#[doc(hidden)]
pub mod diff;
#[doc(hidden)]
pub mod explain;
#[doc(hidden)]
pub mod files;
#[doc(hidden)]
pub mod findings;
#[doc(hidden)]
pub mod history;
#[doc(hidden)]
pub mod jobs;
#[doc(hidden)]
pub mod kinds;
#[doc(hidden)]
pub mod pg;
#[doc(hidden)]
pub mod plan;
#[doc(hidden)]
pub mod probes;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod scratch;
#[doc(hidden)]
pub mod snapshot;
#[doc(hidden)]
pub mod spec;
#[doc(hidden)]
pub mod tenancy;

pub use declared::Checked;
pub use declared::Declared;
pub use declared::Proved;
