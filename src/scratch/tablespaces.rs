//! Which tablespaces SQL names. They belong to a server, so one of our own gets
//! them, each in its own directory; on a given server nothing is made that would
//! outlive the work.

use anyhow::Result;
use anyhow::anyhow;
use tokio_postgres::Client;

use crate::history::words;
use crate::model::ident::quote;
use crate::pg::connect::describe;

/// The names that a text's statements keep something in. Too many do no harm.
pub fn named(text: &str) -> Vec<String> {
    // Taking the words apart is slow, and most texts name none.
    if !text.to_ascii_lowercase().contains("tablespace") {
        return Vec::new();
    }
    let words = words::words_with_bodies(text);
    let is = |at: Option<usize>, word: &str| {
        at.and_then(|at| words.get(at)).is_some_and(|found| found.eq_ignore_ascii_case(word))
    };
    let name_at = |at: usize| {
        if is(Some(at), "tablespace") {
            // What the text makes itself is its own.
            let own = is(at.checked_sub(1), "create") || is(at.checked_sub(1), "drop");
            return (!own).then_some(at + 1);
        }
        let set = is(Some(at), "default_tablespace") && (is(Some(at + 1), "=") || is(Some(at + 1), "to"));
        set.then_some(at + 2)
    };
    let names = (0..words.len()).filter_map(name_at).filter_map(|at| words.get(at)).filter_map(|word| name(word));
    names.filter(|name| !name.starts_with("pg_")).collect()
}

/// An identifier, or a string that is one, as the catalog has it.
fn name(word: &str) -> Option<String> {
    let name = match word.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        Some(text) => text.to_owned(),
        None if words::is_name(word) => words::bare(word),
        None => return None,
    };
    (!name.is_empty()).then_some(name)
}

/// Makes them, in places that end with the server.
///
/// # Errors
/// The server refuses one.
pub async fn make(client: &Client, names: &[String]) -> Result<()> {
    for name in names {
        for sql in ["SET allow_in_place_tablespaces = on", &format!("CREATE TABLESPACE {} LOCATION ''", quote(name))] {
            client.batch_execute(sql).await.map_err(|e| anyhow!(describe(&e))).map_err(|error| {
                error.context(format!("the scratch Postgres cannot have the tablespace {name}, which the SQL names"))
            })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn reads_where_something_is_kept() {
        let sql = "CREATE TABLE a (b int PRIMARY KEY USING INDEX TABLESPACE \"Big disk\") TABLESPACE Fast;\n\
            SET default_tablespace = '';\nset default_tablespace to slow;\nALTER INDEX a_pkey SET TABLESPACE pg_default;\n\
            -- TABLESPACE none\nCREATE TABLESPACE own LOCATION '/mnt/own';";
        assert_eq!(named(sql), ["Big disk", "fast", "slow"]);
    }
}
