//! The review of a database: one document for those who decide. The formats
//! only render a [`Review`]; every sentence that is derived from several facts
//! is made once, beside them.

pub mod advice;
pub mod estimate;
pub mod facts;
pub mod situation;

mod html;
mod markdown;
mod outline;
mod picture;

use std::io;
use std::io::Write;

use serde_json::Value;

use crate::report::review::facts::REVIEW_VERSION;
use crate::report::review::facts::Review;

/// How a review is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Markdown,
    /// One file that needs no network.
    Html,
    Json,
}

/// Writes the review in one format.
///
/// # Errors
/// What `out` says when it cannot be written.
pub fn write(review: &Review, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Markdown => markdown::write(review, out),
        Format::Html => html::write(review, out),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *out, review)?;
            writeln!(out)
        }
    }
}

/// The JSON Schema of the contract, `docs/review.schema.json`.
pub fn schema() -> Value {
    super::schema_of::<Review>(REVIEW_VERSION, "drift review", "What `drift report --format json` writes.")
}
