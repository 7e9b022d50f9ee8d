//! What everything foreign has in common: options, changed in place. A secret
//! is never read, so none is ever written.

use super::Change;
use super::Rework;
use crate::model::ident::literal;
use crate::model::ident::quote;
use crate::model::object::Object;
use crate::model::step::Phase;
use crate::model::step::Step;

/// `ALTER <target> OPTIONS (ADD …, SET …, DROP …);` for the options that differ.
pub fn rework_options(change: &Change, target: &str) -> Rework {
    match changed(change) {
        Ok(list) => Rework::step(Step::new(format!("ALTER {target} OPTIONS ({list});"), Phase::Define)),
        Err(secret) => {
            Rework::Impossible(format!("its option {secret} is taken for a secret and was not read: set it by hand"))
        }
    }
}

/// The options that differ, as `OPTIONS` takes them.
///
/// Errors with the name of an option whose value would have to be invented.
fn changed(change: &Change) -> Result<String, String> {
    let pairs = |object: &Object| -> Vec<(String, Option<String>)> {
        let list = object.list(change.attribute).iter();
        list.map(|option| match option.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (option.to_string(), None),
        })
        .collect()
    };
    let (wanted, there) = (pairs(change.expected), pairs(change.actual));
    let mut parts = Vec::new();
    for (name, _) in there.iter().filter(|(name, _)| !wanted.iter().any(|(other, _)| other == name)) {
        parts.push(format!("DROP {}", quote(name)));
    }
    for option in wanted.iter().filter(|option| !there.contains(option)) {
        let (name, Some(value)) = option else { return Err(option.0.clone()) };
        let word = if there.iter().any(|(other, _)| other == name) { "SET" } else { "ADD" };
        parts.push(format!("{word} {} {}", quote(name), literal(value)));
    }
    Ok(parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds;
    use crate::model::kind::ObjectKind;
    use crate::model::object::ObjectId;
    use crate::model::object::Value;

    fn server(options: &[&str]) -> Object {
        let id = ObjectId::new(ObjectKind::ForeignServer, "", "", "s");
        let options = kinds::attribute(id.kind, "options").map(|attribute| {
            let list: Vec<std::sync::Arc<str>> = options.iter().map(|option| (*option).into()).collect();
            (attribute, Value::List(list.into()))
        });
        Object::new(id, options.into_iter().collect())
    }

    #[test]
    fn an_option_is_added_set_or_dropped_and_a_secret_is_never_invented() {
        let change = |expected: &[&str], actual: &[&str]| {
            changed(&Change { expected: &server(expected), actual: &server(actual), attribute: "options" })
        };
        assert_eq!(change(&["a=1", "b=x'y", "c=3"], &["b=2", "c=3", "Old=4"]).as_deref(), {
            Ok("DROP \"Old\", ADD a '1', SET b 'x''y'")
        });
        assert_eq!(change(&["a=1"], &["a=1", "password"]).as_deref(), Ok("DROP password"));
        assert_eq!(change(&["password", "a=1"], &["a=2", "password"]).as_deref(), Ok("SET a '1'"));
        assert_eq!(change(&["password"], &[]), Err("password".to_owned()));
    }
}
