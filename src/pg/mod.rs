//! Talks to servers: connections, the reading of catalogs, and the one
//! session that changes a database. With the scratch, the only user of the driver.

pub mod apply;
pub mod audit;
pub mod connect;
mod conninfo;
mod decode;
mod dependencies;
pub mod introspect;
pub mod journal;
pub mod ledgers;
pub mod mirror;
pub mod passfile;
mod pipeline;
pub mod probe;
pub mod seed_rows;
pub mod target;
mod tls;
mod trouble;
pub mod watch;
