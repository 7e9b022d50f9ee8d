//! What the program does, end to end, without a terminal: read sources,
//! compare, settle, repair, prove. The library's front door.

pub mod allow;
pub mod apply;
pub mod baseline;
pub mod blame;
mod clone;
pub mod compare;
pub mod dump;
pub mod fix;
pub mod full;
pub mod init;
pub mod isolation;
pub mod measure;
pub mod offline;
mod plan_report;
pub mod probe;
pub mod project;
pub mod prove;
pub mod rehearsal;
pub mod remainder;
pub mod renames;
pub mod reset;
pub mod review;
pub mod rows;
mod seal;
pub mod settle;
pub mod source;
mod spelling;
pub mod status;
mod values;
