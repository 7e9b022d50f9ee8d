//! Pure data: what a catalog, a difference, a finding and a step of a plan
//! are. Nothing here reads a file, talks to a server or prints.

#[doc(hidden)]
pub mod catalog;
#[doc(hidden)]
pub mod difference;
#[doc(hidden)]
pub mod failure;
#[doc(hidden)]
pub mod fill;
pub mod finding;
#[doc(hidden)]
pub mod ident;
pub mod isolation;
#[doc(hidden)]
pub mod kind;
#[doc(hidden)]
pub mod object;
#[doc(hidden)]
pub mod plan_report;
#[doc(hidden)]
pub mod reach;
pub mod report;
#[doc(hidden)]
pub mod role;
#[doc(hidden)]
pub mod step;
#[doc(hidden)]
pub mod tokens;
