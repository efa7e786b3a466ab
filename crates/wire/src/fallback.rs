//! The lines of the HTTP fallback transports (contract 1.15) as pusher-js reads and writes them: what a
//! receive request is answered with, and the body of a send. Knows nothing of HTTP, sessions and waiting.

use crate::{Refusal, Refused, limit};

/// A sign of life. A streaming client answers it with an empty send, a polling one with its next poll.
pub const HEARTBEAT: &str = "h\n";

/// Opens a session. With a host name the client sends its later requests there.
pub fn open(hostname: Option<&str>) -> String {
    match hostname {
        None => "o{}\n".to_owned(),
        Some(name) => format!("o{{\"hostname\":{}}}\n", quoted(name)),
    }
}

/// Messages, in order.
pub fn messages<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = "a[".to_owned();
    for (at, text) in texts.into_iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        line.push_str(&quoted(text));
    }
    line.push_str("]\n");
    line
}

/// The session is over; code and reason mean what they mean in a close frame.
pub fn close(code: u16, reason: &str) -> String {
    format!("c[{code},{}]\n", quoted(reason))
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text serializes")
}

/// Characters as a browser counts them in `responseText`, which are UTF-16 units. The client opens
/// its next stream by this count, so the server must know it exactly.
pub fn characters(line: &str) -> usize {
    line.chars().map(char::len_utf16).sum()
}

/// The messages of a send. None at all is a sign of life.
///
/// # Errors
/// When the body is not a JSON array of texts, or holds more than [`limit::FALLBACK_SEND_MESSAGES`].
pub fn parse_send(body: &[u8]) -> Result<Vec<String>, Refused> {
    let texts: Vec<String> = serde_json::from_slice(body).map_err(|error| {
        let refusal = if error.is_data() { Refusal::InvalidBody } else { Refusal::MalformedJson };
        refusal.because("A send is a JSON array of texts.")
    })?;
    let (most, count) = (limit::FALLBACK_SEND_MESSAGES, texts.len());
    if count > most {
        return Err(Refusal::InvalidBody.because(format!("The limit is {most} messages, these are {count}.")));
    }
    Ok(texts)
}

/// Do these two parts of a path name a session? A number below 1000, then the client's own random word.
pub fn is_session(number: &str, word: &str) -> bool {
    (1..=3).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
        && (8..=limit::FALLBACK_SESSION_BYTES).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
}

/// Fuzz target (ruling 26): no body makes the parser panic, and what it takes comes back unchanged
/// from a line of messages, which ends where it should and nowhere else.
pub fn fuzz(bytes: &[u8]) {
    let Ok(texts) = parse_send(bytes) else { return };
    let line = messages(texts.iter().map(String::as_str));
    assert_eq!(line.find('\n'), Some(line.len() - 1), "a line has one end");
    let inner = line.strip_prefix('a').map(str::trim_end).unwrap_or_default();
    assert_eq!(parse_send(inner.as_bytes()).as_ref(), Ok(&texts));
    assert_eq!(characters(&line), line.encode_utf16().count());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn contract_1_15_lines_stand_exactly_so() {
        assert_eq!(open(None), "o{}\n");
        assert_eq!(open(Some("node1.example")), "o{\"hostname\":\"node1.example\"}\n");
        assert_eq!(messages([r#"{"event":"e"}"#, "b\n"]), "a[\"{\\\"event\\\":\\\"e\\\"}\",\"b\\n\"]\n");
        assert_eq!(close(4100, "Over \"capacity\"."), "c[4100,\"Over \\\"capacity\\\".\"]\n");
    }

    #[test]
    fn characters_are_counted_as_the_browser_does() {
        assert_eq!(characters("aé€😀\n"), 6);
    }

    #[test]
    fn a_send_is_an_array_of_texts_within_its_limit() {
        assert_eq!(parse_send(br#"["{}","x"]"#).unwrap(), ["{}", "x"]);
        assert!(parse_send(b"[]").unwrap().is_empty());
        for (body, refusal) in [
            ("", Refusal::MalformedJson),
            ("[", Refusal::MalformedJson),
            ("[\"a\"] x", Refusal::MalformedJson),
            ("\"a\"", Refusal::InvalidBody),
            ("[1]", Refusal::InvalidBody),
            ("{}", Refusal::InvalidBody),
        ] {
            assert_eq!(parse_send(body.as_bytes()).unwrap_err().refusal, refusal, "{body}");
        }
        let many = format!("[{}\"\"]", "\"\",".repeat(limit::FALLBACK_SEND_MESSAGES));
        assert_eq!(parse_send(many.as_bytes()).unwrap_err().refusal, Refusal::InvalidBody);
    }

    #[test]
    fn a_session_is_a_number_and_a_word() {
        assert!(is_session("0", "abcdefgh") && is_session("999", "0123456v"));
        for (number, word) in
            [("1000", "abcdefgh"), ("x", "abcdefgh"), ("", "abcdefgh"), ("1", "short"), ("1", "ABCDEFGH")]
        {
            assert!(!is_session(number, word), "{number}/{word}");
        }
    }

    #[test]
    fn the_committed_corpus_passes_the_fuzz_target() {
        include_str!("../corpus/fallback.txt").lines().for_each(|seed| fuzz(seed.as_bytes()));
        fuzz("[".repeat(10_000).as_bytes());
    }

    proptest! {
        #[test]
        fn any_texts_arrive_unchanged(texts in prop::collection::vec(".*", 0..5)) {
            fuzz(serde_json::to_string(&texts).unwrap().as_bytes());
        }

        #[test]
        fn no_body_makes_the_parser_panic(body in r#"[\[\]{}",\\a-u0-9 ]{0,60}"#) {
            fuzz(body.as_bytes());
        }
    }
}
