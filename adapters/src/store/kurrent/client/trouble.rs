//! What an error of the client crate means here.

use std::any::Any;

use eventstore::Error;

use super::Trouble;
use super::quiet::Spun;

/// What an error of the crate means here.
pub(super) fn of(error: &Error) -> Trouble {
    match error {
        Error::WrongExpectedVersion { .. } => Trouble::Conflict { length: None },
        Error::Grpc { message, .. } => of_batch(message),
        Error::AccessDenied => {
            Trouble::Barred { why: "the cluster denies access: wrong credentials, or no right to do this".into(), remedy: String::new() }
        }
        Error::ResourceDeleted => Trouble::Deleted("the stream was deleted".into()),
        Error::ServerError(message) if message.contains("Batch-append stream has been closed") => {
            Trouble::Again("the call was cut short".into())
        }
        Error::NotLeaderException(_) => Trouble::Again("another node leads the cluster".into()),
        Error::ServerError(message) => Trouble::Away(short(message)),
        other => Trouble::Away(short(&other.to_string())),
    }
}

/// A batch append's errors come as words only.
fn of_batch(message: &str) -> Trouble {
    let words: String =
        message.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if words.contains("wrongexpected") {
        return Trouble::Conflict { length: None };
    }
    let speaks_of = |words_of: &[&str]| words_of.iter().any(|word| words.contains(word));
    if speaks_of(&["appendsize", "toolarge", "largerthanmax"]) {
        Trouble::TooLarge(short(message))
    } else if speaks_of(&["accessdenied", "streamdeleted", "invalidtransaction", "badrequest"]) {
        Trouble::Barred { why: short(message), remedy: String::new() }
    } else {
        Trouble::Away(short(message))
    }
}

/// A status tells its whole envelope; what it says is enough.
fn short(status: &str) -> String {
    let said = status.split_once("message: \"").map_or(status, |(_, said)| said);
    let said = said.split("\", details: [").next().unwrap_or(said);
    if said.is_empty() { "it does not say why".to_owned() } else { said.chars().take(300).collect() }
}

pub(super) fn panicked(panic: &(dyn Any + Send)) -> Trouble {
    if panic.is::<Spun>() {
        return Trouble::Away("the server ended the subscription".into());
    }
    let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
    Trouble::Away(format!("the client gave up: {}", said.as_deref().unwrap_or("it did not say why")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_told_by_what_it_says() {
        let envelope = r#"status: Unknown, message: "client error (Connect)", details: [], metadata: MetadataMap { headers: {} }"#;
        assert_eq!(short(envelope), "client error (Connect)");
        assert_eq!(short("Operation timed out"), "Operation timed out");
        assert_eq!(short(r#"status: Internal, message: "", details: [], metadata"#), "it does not say why");
    }

    #[test]
    fn what_a_batch_is_refused_with_is_told_by_its_words() {
        for (words, meant) in [
            ("WrongExpectedVersion", Trouble::Conflict { length: None }),
            ("Wrong expected revision", Trouble::Conflict { length: None }),
            ("Maximum Append Size of 1048576 exceeded", Trouble::TooLarge(String::new())),
            ("Access Denied.", Trouble::Barred { why: String::new(), remedy: String::new() }),
            ("StreamDeleted", Trouble::Barred { why: String::new(), remedy: String::new() }),
            ("Timeout", Trouble::Away(String::new())),
        ] {
            let kind = std::mem::discriminant(&of_batch(words));
            assert_eq!(kind, std::mem::discriminant(&meant), "{words}");
        }
    }
}
