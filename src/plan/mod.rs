//! Plans: which statements, in which order, in which transactions. Pure: a
//! plan never talks to a server, reads a file or prints.

pub mod additive;
pub mod backfill;
mod circles;
pub mod derive;
pub mod dump;
pub mod file;
pub mod fingerprint;
pub mod full;
pub mod keep;
pub mod measured;
pub mod order;
pub mod part;
pub mod ready;
pub mod rebuild;
pub mod remainder;
pub mod renames;
pub mod render;
mod required;
pub mod reset;
pub mod seal;
pub mod seed;
pub mod stage;
pub mod tenant;
pub mod undo;
pub mod value;
pub mod values;
