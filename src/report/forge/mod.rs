//! The formats that a forge or a CI system reads. Each writes one [`Batch`](super::notice::Batch), so that
//! findings and what broke in look alike there.

pub mod github;
pub mod gitlab;
pub mod junit;
pub mod sarif;
