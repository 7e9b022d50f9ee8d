//! An error that says what we could not do, and what to do next.

use std::fmt;

/// A message and the next step. The message completes `error: `, the help
/// completes `help: `.
#[derive(Debug, Clone)]
pub struct Failure {
    pub message: String,
    pub help: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// A failure as an `anyhow::Error`, to be returned or given more context.
pub fn failure(message: impl Into<String>, help: impl Into<String>) -> anyhow::Error {
    Failure { message: message.into(), help: help.into() }.into()
}

/// The help line of the innermost failure in a chain that has one.
pub fn help(error: &anyhow::Error) -> Option<&str> {
    error.chain().filter_map(|cause| cause.downcast_ref::<Failure>()).map(|f| f.help.as_str()).last()
}
