//! Pure data: what a catalog, a difference, a finding and a step of a plan
//! are. Nothing here reads a file, talks to a server or prints.

pub mod catalog;
pub mod difference;
pub mod failure;
pub mod fill;
pub mod finding;
pub mod ident;
pub mod isolation;
pub mod kind;
pub mod object;
pub mod plan_report;
pub mod reach;
pub mod report;
pub mod role;
pub mod step;
