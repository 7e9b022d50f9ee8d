//! Talks to servers: connections and the reading of catalogs. With the
//! scratch, the only user of the driver.

pub mod connect;
mod conninfo;
mod decode;
mod dependencies;
pub mod introspect;
pub mod mirror;
mod passfile;
mod pipeline;
pub mod probe;
pub mod target;
mod tls;
mod trouble;
