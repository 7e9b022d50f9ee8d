//! stub
use std::io; use std::io::Write; use crate::report::review::facts::Review;
pub fn write(_r: &Review, _o: &mut dyn Write) -> io::Result<()> { Ok(()) }
