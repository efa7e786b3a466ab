//! The part of Redis's protocol (RESP3) that carrying bytes takes: commands out, messages in. Decides
//! what is a message of a topic; knows nothing of sockets and of what the bytes mean.

use bytes::{Bytes, BytesMut};

/// Bytes of one text at most.
const TEXT_BYTES: usize = 4 * 1024 * 1024;
/// Elements of one list at most; a greeting has some ten.
const ELEMENTS: usize = 256;
/// Lists in lists.
const DEPTH: u8 = 4;

/// What Redis says, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// Somebody published to the topic.
    Message(Bytes),
    /// The subscription stands.
    Subscribed,
    /// A command failed; the text as Redis put it.
    Failed(String),
    /// Something else that went well.
    Other,
}

/// The bytes are not this protocol.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotRedis;

/// One command.
pub(super) fn command(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", parts.len()).into_bytes();
    for part in parts {
        out.extend_from_slice(format!("${}\r\n", part.len()).as_bytes());
        out.extend_from_slice(part);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Takes the next whole reply off the front; `None` when it is not all there.
pub(super) fn next(bytes: &mut BytesMut) -> Result<Option<Reply>, NotRedis> {
    let mut reader = Reader { bytes, at: 0 };
    let value = match reader.value(0) {
        Ok(value) => value,
        Err(Stop::More) => return Ok(None),
        Err(Stop::Bad) => return Err(NotRedis),
    };
    let (reply, at) = (reply(bytes, &value), reader_end(&value));
    let whole = bytes.split_to(at).freeze();
    Ok(Some(match reply {
        Found::Message { from, to } => Reply::Message(whole.slice(from..to)),
        Found::Subscribed => Reply::Subscribed,
        Found::Failed { from, to } => Reply::Failed(String::from_utf8_lossy(&whole[from..to]).into_owned()),
        Found::Other => Reply::Other,
    }))
}

enum Found {
    Message { from: usize, to: usize },
    Subscribed,
    Failed { from: usize, to: usize },
    Other,
}

fn reader_end(value: &Value) -> usize {
    match value {
        Value::Text { end, .. } | Value::Failed { end, .. } | Value::List { end, .. } => *end,
        Value::Other(end) => *end,
    }
}

fn reply(bytes: &[u8], value: &Value) -> Found {
    let text = |value: &Value| match *value {
        Value::Text { from, to, .. } => Some((from, to)),
        Value::Failed { .. } | Value::List { .. } | Value::Other(_) => None,
    };
    match value {
        Value::Failed { from, to, .. } => Found::Failed { from: *from, to: *to },
        Value::List { elements, .. } => {
            let kind = elements.first().and_then(text).map(|(from, to)| &bytes[from..to]);
            match (kind, elements.get(2)) {
                (Some(b"message"), Some(payload)) => {
                    text(payload).map_or(Found::Other, |(from, to)| Found::Message { from, to })
                }
                (Some(b"subscribe"), Some(_)) => Found::Subscribed,
                _ => Found::Other,
            }
        }
        Value::Text { .. } | Value::Other(_) => Found::Other,
    }
}

/// A value by its position in the bytes.
enum Value {
    Text { from: usize, to: usize, end: usize },
    Failed { from: usize, to: usize, end: usize },
    List { elements: Vec<Value>, end: usize },
    Other(usize),
}

enum Stop {
    More,
    Bad,
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: u8) -> Result<Value, Stop> {
        let (kind, from, to) = self.line()?;
        match kind {
            b'+' => Ok(Value::Text { from, to, end: self.at }),
            b'-' => Ok(Value::Failed { from, to, end: self.at }),
            b':' | b'_' | b',' | b'#' | b'(' => Ok(Value::Other(self.at)),
            b'$' | b'=' | b'!' => self.text(kind, from, to),
            b'*' | b'>' | b'~' => self.list(from, to, 1, depth),
            b'%' => self.list(from, to, 2, depth),
            _ => Err(Stop::Bad),
        }
    }

    /// The kind of a line and where its text stands.
    fn line(&mut self) -> Result<(u8, usize, usize), Stop> {
        let rest = &self.bytes[self.at..];
        let Some(length) = rest.iter().take(TEXT_BYTES).position(|byte| *byte == b'\n') else {
            return Err(if rest.len() < TEXT_BYTES { Stop::More } else { Stop::Bad });
        };
        if length < 2 || rest[length - 1] != b'\r' {
            return Err(Stop::Bad);
        }
        let from = self.at + 1;
        self.at += length + 1;
        Ok((rest[0], from, self.at - 2))
    }

    fn text(&mut self, kind: u8, from: usize, to: usize) -> Result<Value, Stop> {
        let Some(length) = self.length(from, to, TEXT_BYTES)? else { return Ok(Value::Other(self.at)) };
        let (from, to) = (self.at, self.at + length);
        match self.bytes.get(to..to + 2) {
            None => Err(Stop::More),
            Some(b"\r\n") => {
                self.at = to + 2;
                let end = self.at;
                Ok(if kind == b'!' { Value::Failed { from, to, end } } else { Value::Text { from, to, end } })
            }
            Some(_) => Err(Stop::Bad),
        }
    }

    fn list(&mut self, from: usize, to: usize, each: usize, depth: u8) -> Result<Value, Stop> {
        if depth >= DEPTH {
            return Err(Stop::Bad);
        }
        let count = self.length(from, to, ELEMENTS)?.unwrap_or(0) * each;
        let elements = (0..count).map(|_| self.value(depth + 1)).collect::<Result<Vec<_>, _>>()?;
        Ok(Value::List { elements, end: self.at })
    }

    /// A length within its limit; `None` for the old way to say null.
    fn length(&self, from: usize, to: usize, most: usize) -> Result<Option<usize>, Stop> {
        let text = std::str::from_utf8(&self.bytes[from..to]).map_err(|_| Stop::Bad)?;
        match text.parse::<i64>() {
            Ok(-1) => Ok(None),
            Ok(length) => {
                usize::try_from(length).ok().filter(|length| *length <= most).map(Some).ok_or(Stop::Bad)
            }
            Err(_) => Err(Stop::Bad),
        }
    }
}

/// Fuzz target (ruling 26): nothing panics, and the replies are the same whether their bytes come at
/// once or in pieces. The first byte picks the size of the pieces.
pub fn fuzz(bytes: &[u8]) {
    let Some((&piece, talk)) = bytes.split_first() else { return };
    assert_eq!(replies(talk, usize::MAX), replies(talk, usize::from(piece % 16) + 1));
}

/// What is understood of a talk, fed `piece` bytes at a time, and whether it ended as no talk of ours.
fn replies(talk: &[u8], piece: usize) -> (Vec<Reply>, bool) {
    let (mut held, mut replies) = (BytesMut::new(), Vec::new());
    for chunk in talk.chunks(piece.min(talk.len()).max(1)) {
        held.extend_from_slice(chunk);
        loop {
            match next(&mut held) {
                Ok(Some(reply)) => replies.push(reply),
                Ok(None) => break,
                Err(NotRedis) => return (replies, true),
            }
        }
    }
    (replies, false)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn read(text: &[u8]) -> Vec<Reply> {
        let mut bytes = BytesMut::from(text);
        let mut replies = Vec::new();
        while let Some(reply) = next(&mut bytes).unwrap() {
            replies.push(reply);
        }
        replies
    }

    const TALK: &[u8] = b"%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nmodules\r\n*0\r\n\
        >3\r\n$9\r\nsubscribe\r\n$1\r\nt\r\n:1\r\n:2\r\n>3\r\n$7\r\nmessage\r\n$1\r\nt\r\n$4\r\na\r\nb\r\n\
        -NOAUTH no\r\n_\r\n$-1\r\n";

    #[test]
    fn a_talk_with_redis_is_understood() {
        let message = Reply::Message(Bytes::from_static(b"a\r\nb"));
        let failed = Reply::Failed("NOAUTH no".into());
        let (subscribed, other) = (Reply::Subscribed, Reply::Other);
        let whole = [other.clone(), subscribed, other.clone(), message, failed, other.clone(), other];
        assert_eq!(read(TALK), whole);
    }

    #[test]
    fn bytes_may_come_one_by_one() {
        let (mut bytes, mut count) = (BytesMut::new(), 0);
        for byte in TALK {
            bytes.extend_from_slice(&[*byte]);
            count += usize::from(next(&mut bytes).unwrap().is_some());
        }
        assert_eq!((count, bytes.len()), (7, 0));
    }

    #[test]
    fn what_is_not_redis_or_too_long_is_refused() {
        for text in ["HTTP/1.1 400 Bad Request\r\n", "$99999999999\r\n", "*999\r\n", "$2\r\nabc\r\n", "\r\n"]
        {
            assert_eq!(next(&mut BytesMut::from(text)), Err(NotRedis), "{text}");
        }
        assert_eq!(next(&mut BytesMut::from("*1\r\n".repeat(9).as_str())), Err(NotRedis));
    }

    #[test]
    fn a_command_is_a_list_of_texts() {
        assert_eq!(
            command(&[b"PUBLISH", b"t", b"\r\n"]),
            b"*3\r\n$7\r\nPUBLISH\r\n$1\r\nt\r\n$2\r\n\r\n\r\n"
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            fuzz(&bytes);
        }

        #[test]
        fn a_talk_cut_and_changed_reads_the_same_in_any_pieces(piece: u8, at in 0..TALK.len(), with: u8) {
            let mut bytes = [&[piece], TALK].concat();
            bytes[at + 1] = with;
            fuzz(&bytes);
        }
    }
}
