//! One row of a ledger, column by column. What is not as expected is an error
//! that names the column: a ledger is understood whole or not at all.

use serde_json::Map;
use serde_json::Value;

/// A row as the server writes it in JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub Map<String, Value>);

impl Row {
    /// From the text that the server writes.
    ///
    /// # Errors
    /// It is no JSON object.
    pub fn parse(text: &str) -> Result<Row, String> {
        match serde_json::from_str(text) {
            Ok(Value::Object(columns)) => Ok(Row(columns)),
            Ok(_) | Err(_) => Err("a row is not what the server should write".to_owned()),
        }
    }

    /// Text or a number, as text; `None` where it is NULL or there is no such column.
    pub fn optional(&self, column: &str) -> Option<String> {
        match self.0.get(column)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(is) => Some(is.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Text or a number, as text.
    ///
    /// # Errors
    /// It is NULL, or there is no such column.
    pub fn text(&self, column: &str) -> Result<String, String> {
        self.optional(column).ok_or_else(|| format!("{column} is NULL in a row"))
    }

    /// A whole number.
    ///
    /// # Errors
    /// It is none.
    pub fn number(&self, column: &str) -> Result<i64, String> {
        let text = self.text(column)?;
        text.parse().map_err(|_| format!("{column} is no whole number in a row: {text}"))
    }

    /// Yes or no.
    ///
    /// # Errors
    /// It is neither.
    pub fn is(&self, column: &str) -> Result<bool, String> {
        match self.0.get(column) {
            Some(Value::Bool(is)) => Ok(*is),
            _ => Err(format!("{column} is neither true nor false in a row")),
        }
    }

    /// A list of texts; `None` where it is NULL or there is no such column.
    pub fn list(&self, column: &str) -> Option<Vec<String>> {
        let items = self.0.get(column)?.as_array()?;
        Some(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
    }
}
