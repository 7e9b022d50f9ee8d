//! Talks to servers: connections and the reading of catalogs. With the
//! scratch, the only user of the driver.

pub mod connect;
mod decode;
mod dependencies;
pub mod introspect;
mod pipeline;
pub mod target;
mod tls;
