//! RFC 6455 as a server needs it: the accept key, unmasked frames out, masked frames in.
//! Knows nothing of sockets, of JSON and of who reads the messages.
//!
//! The decoder works on bytes the caller holds and keeps nothing of its own between
//! messages, so that an idle connection costs no buffer. What a peer announces never
//! sizes an allocation: oversized messages are skipped as they arrive (ruling 21).

use crate::limit;
use base64::Engine;
use bytes::Bytes;
use sha1::{Digest, Sha1};

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// Bytes of a control frame's payload (RFC 6455, 5.5).
const CONTROL_BYTES: usize = 125;
/// Bytes of the longest server frame header.
const HEADER_MAX: usize = 10;

/// `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (RFC 6455, 4.2.2).
pub fn accept_key(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    base64::engine::general_purpose::STANDARD.encode(hash.finalize())
}

/// A text frame whose payload `build` appends. The header is put before it in place, so
/// the payload is written once and the frame can be shared by all who get it.
pub fn text_frame(build: impl FnOnce(&mut Vec<u8>)) -> Bytes {
    let mut buffer = Vec::with_capacity(256);
    buffer.resize(HEADER_MAX, 0);
    build(&mut buffer);
    let (header, used) = header(TEXT, buffer.len() - HEADER_MAX);
    let start = HEADER_MAX - used;
    buffer[start..HEADER_MAX].copy_from_slice(&header[..used]);
    Bytes::from(buffer).slice(start..)
}

/// A ping without payload.
pub fn ping_frame() -> Bytes {
    Bytes::from_static(&[0x80 | PING, 0])
}

/// The answer to a ping, with its payload.
pub fn pong_frame(payload: &[u8]) -> Bytes {
    control_frame(PONG, payload)
}

/// A close frame; the reason is cut to what a control frame holds.
pub fn close_frame(code: u16, reason: &str) -> Bytes {
    let mut payload = code.to_be_bytes().to_vec();
    let mut end = reason.len().min(CONTROL_BYTES - 2);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    payload.extend_from_slice(&reason.as_bytes()[..end]);
    control_frame(CLOSE, &payload)
}

fn control_frame(opcode: u8, payload: &[u8]) -> Bytes {
    let payload = &payload[..payload.len().min(CONTROL_BYTES)];
    let (header, used) = header(opcode, payload.len());
    Bytes::from([&header[..used], payload].concat())
}

/// Header of an unfragmented, unmasked frame and how many of its bytes count.
fn header(opcode: u8, length: usize) -> ([u8; HEADER_MAX], usize) {
    let mut header = [0; HEADER_MAX];
    header[0] = 0x80 | opcode;
    match (u16::try_from(length), length) {
        (Ok(_), 0..=125) => {
            header[1] = length as u8;
            (header, 2)
        }
        (Ok(short), _) => {
            header[1] = 126;
            header[2..4].copy_from_slice(&short.to_be_bytes());
            (header, 4)
        }
        (Err(_), _) => {
            header[1] = 127;
            header[2..10].copy_from_slice(&(length as u64).to_be_bytes());
            (header, 10)
        }
    }
}

/// A whole frame as the functions above make them, read back for a log and for clients without a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outgoing<'a> {
    /// A text message.
    Text(&'a str),
    /// A ping.
    Ping,
    /// The answer to a ping.
    Pong,
    /// A close with its code, and its reason for a person.
    Close(u16, &'a str),
}

/// Takes a run of whole server frames apart; ends at what is none.
pub fn outgoing(mut bytes: &[u8]) -> impl Iterator<Item = Outgoing<'_>> {
    std::iter::from_fn(move || {
        let (length, at): (usize, usize) = match *bytes.get(1)? {
            126 => (usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
            127 => (usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?, 10),
            short => (usize::from(short), 2),
        };
        let payload = bytes.get(at..at.checked_add(length)?)?;
        let frame = match bytes[0] & 0x0F {
            PING => Outgoing::Ping,
            PONG => Outgoing::Pong,
            CLOSE => {
                let code = u16::from_be_bytes(payload.get(..2)?.try_into().ok()?);
                Outgoing::Close(code, std::str::from_utf8(&payload[2..]).ok()?)
            }
            _ => Outgoing::Text(std::str::from_utf8(payload).ok()?),
        };
        bytes = &bytes[at + length..];
        Some(frame)
    })
}

/// What the next bytes of a client amount to.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// Nothing can be said before more bytes come; those not used must be kept.
    Incomplete,
    /// Bytes were used that say nothing by themselves: a fragment, or part of what is skipped.
    Nothing,
    /// A whole text message.
    Text(&'a str),
    /// To be answered with this payload.
    Ping(&'a [u8]),
    /// Sign of life.
    Pong,
    /// The peer closes, with this code if it gave one.
    Close(Option<u16>),
    /// A message over the limit; it is skipped. `bytes` is its size as far as announced.
    TooLarge {
        /// Announced so far.
        bytes: u64,
    },
}

/// What ends the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Against RFC 6455, or more fragments than [`limit::SOCKET_FRAGMENTS`]: 1002.
    Protocol(&'static str),
    /// Binary messages are not part of the protocol: 1003.
    Binary,
    /// 1007.
    NotUtf8,
}

/// Decoder of one client's bytes. Holds 16 bytes between messages.
#[derive(Debug, Default)]
pub struct Decoder {
    /// Payload bytes still to come of a frame that is skipped.
    skip: u64,
    fragments: Option<Box<Fragments>>,
}

/// A message of several frames so far.
#[derive(Debug, Default)]
struct Fragments {
    payload: Vec<u8>,
    count: usize,
    /// Over the limit: what comes is skipped until the last fragment.
    skipped: bool,
    /// Handed out; dropped on the next call.
    whole: bool,
}

/// A client frame's header.
struct Head {
    last: bool,
    opcode: u8,
    mask: [u8; 4],
    length: u64,
    /// Bytes of the header itself.
    used: usize,
}

impl Decoder {
    /// Takes one frame off the front of `bytes` and says how many bytes that used; to be
    /// called until [`Incoming::Incomplete`]. Payloads are unmasked in place. `max_bytes`
    /// bounds a message over all its fragments.
    pub fn next<'a>(
        &'a mut self,
        bytes: &'a mut [u8],
        max_bytes: usize,
    ) -> Result<(usize, Incoming<'a>), Violation> {
        if self.fragments.as_ref().is_some_and(|f| f.whole) {
            self.fragments = None;
        }
        if self.skip > 0 {
            return Ok(self.skip_on(bytes));
        }
        let Some(head) = Head::read(bytes)? else { return Ok((0, Incoming::Incomplete)) };
        if head.opcode >= CLOSE {
            return control(&head, bytes);
        }
        self.expect_in_order(&head)?;
        let before = self.fragments.as_ref().map_or(0, |f| f.payload.len() as u64);
        if self.fragments.as_ref().is_some_and(|f| f.skipped) {
            return Ok(self.skip_frame(&head, Incoming::Nothing));
        }
        if before + head.length > max_bytes as u64 {
            let size = before + head.length;
            return Ok(self.skip_frame(&head, Incoming::TooLarge { bytes: size }));
        }
        let used = head.used + head.length as usize;
        let Some(payload) = bytes.get_mut(head.used..used) else { return Ok((0, Incoming::Incomplete)) };
        unmask(payload, head.mask);
        if head.opcode == TEXT && head.last {
            let text = std::str::from_utf8(payload).map_err(|_| Violation::NotUtf8)?;
            return Ok((used, Incoming::Text(text)));
        }
        let fragments = self.fragments.get_or_insert_default();
        fragments.payload.extend_from_slice(payload);
        fragments.count += 1;
        if !head.last {
            return Ok((used, Incoming::Nothing));
        }
        fragments.whole = true;
        let text = std::str::from_utf8(&fragments.payload).map_err(|_| Violation::NotUtf8)?;
        Ok((used, Incoming::Text(text)))
    }

    /// Data frames must start a message when none is open, and continue it when one is.
    fn expect_in_order(&self, head: &Head) -> Result<(), Violation> {
        match (head.opcode, self.fragments.as_ref()) {
            (BINARY, _) => Err(Violation::Binary),
            (CONTINUATION, None) => Err(Violation::Protocol("continuation of nothing")),
            (TEXT, Some(_)) => Err(Violation::Protocol("a new message within a fragmented one")),
            (CONTINUATION, Some(open)) => {
                if open.count >= limit::SOCKET_FRAGMENTS {
                    return Err(Violation::Protocol("too many fragments"));
                }
                Ok(())
            }
            (TEXT, None) => Ok(()),
            _ => Err(Violation::Protocol("reserved opcode")),
        }
    }

    fn skip_on(&mut self, bytes: &[u8]) -> (usize, Incoming<'static>) {
        let used = bytes.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
        if used == 0 {
            return (0, Incoming::Incomplete);
        }
        self.skip -= used as u64;
        (used, Incoming::Nothing)
    }

    /// Uses the header alone and lets the payload pass by unseen.
    fn skip_frame(&mut self, head: &Head, said: Incoming<'static>) -> (usize, Incoming<'static>) {
        self.skip = head.length;
        self.fragments = if head.last {
            None
        } else {
            Some(Box::new(Fragments { skipped: true, ..Fragments::default() }))
        };
        (head.used, said)
    }
}

impl Head {
    /// The header at the front of `bytes`; `None` while it is not all there.
    fn read(bytes: &[u8]) -> Result<Option<Head>, Violation> {
        let [first, second, ..] = *bytes else { return Ok(None) };
        if first & 0x70 != 0 {
            return Err(Violation::Protocol("reserved bit set"));
        }
        let (last, opcode) = (first & 0x80 != 0, first & 0x0F);
        if !matches!(opcode, CONTINUATION | TEXT | BINARY | CLOSE | PING | PONG) {
            return Err(Violation::Protocol("reserved opcode"));
        }
        if second & 0x80 == 0 {
            return Err(Violation::Protocol("client frame without mask"));
        }
        if opcode >= CLOSE && (!last || second & 0x7F > CONTROL_BYTES as u8) {
            return Err(Violation::Protocol("control frame fragmented or too long"));
        }
        let Some((length, at)) = Head::length(second & 0x7F, bytes)? else { return Ok(None) };
        let Some(mask) = bytes.get(at..at + 4).and_then(|m| <[u8; 4]>::try_from(m).ok()) else {
            return Ok(None);
        };
        Ok(Some(Head { last, opcode, mask, length, used: at + 4 }))
    }

    /// Payload length and where the mask starts. The shortest form is required (RFC 6455, 5.2).
    fn length(short: u8, bytes: &[u8]) -> Result<Option<(u64, usize)>, Violation> {
        let (length, at, least) = match short {
            126 => {
                let Some(Ok(two)) = bytes.get(2..4).map(<[u8; 2]>::try_from) else { return Ok(None) };
                (u64::from(u16::from_be_bytes(two)), 4, 126)
            }
            127 => {
                let Some(Ok(eight)) = bytes.get(2..10).map(<[u8; 8]>::try_from) else { return Ok(None) };
                (u64::from_be_bytes(eight), 10, 65_536)
            }
            _ => (u64::from(short), 2, 0),
        };
        if length < least || length > i64::MAX as u64 {
            return Err(Violation::Protocol("length not in its shortest form, or negative"));
        }
        Ok(Some((length, at)))
    }
}

fn control<'a>(head: &Head, bytes: &'a mut [u8]) -> Result<(usize, Incoming<'a>), Violation> {
    let used = head.used + head.length as usize;
    let Some(payload) = bytes.get_mut(head.used..used) else { return Ok((0, Incoming::Incomplete)) };
    unmask(payload, head.mask);
    let incoming = match head.opcode {
        PING => Incoming::Ping(payload),
        PONG => Incoming::Pong,
        _ => Incoming::Close(close_code(payload)?),
    };
    Ok((used, incoming))
}

/// Code of a close frame's payload (RFC 6455, 7.4).
fn close_code(payload: &[u8]) -> Result<Option<u16>, Violation> {
    let (code, reason) = match payload {
        [] => return Ok(None),
        [_] => return Err(Violation::Protocol("close code cut short")),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
    };
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Violation::Protocol("close code not allowed on the wire"));
    }
    std::str::from_utf8(reason).map_err(|_| Violation::NotUtf8)?;
    Ok(Some(code))
}

/// Eight bytes at a time: messages are short, and the compiler widens this further.
fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let mut eights = payload.chunks_exact_mut(8);
    for eight in &mut eights {
        let mut word = [0; 8];
        word.copy_from_slice(eight);
        eight.copy_from_slice(&(u64::from_ne_bytes(word) ^ wide).to_ne_bytes());
    }
    for (byte, key) in eights.into_remainder().iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}

/// A frame as a client sends it: for tests and load programs.
pub fn client_frame(first: u8, payload: &[u8], mask: [u8; 4]) -> Vec<u8> {
    let (mut header, used) = header(0, payload.len());
    header[0] = first;
    header[1] |= 0x80;
    let mut frame = [&header[..used], &mask, payload].concat();
    unmask(&mut frame[used + 4..], mask);
    frame
}

/// Fuzz target (ruling 26): any bytes decode to the same messages whether they come at
/// once or in pieces, and nothing panics. The first byte picks the size of the pieces.
pub fn fuzz(bytes: &[u8]) {
    let Some((&piece, stream)) = bytes.split_first() else { return };
    let whole = transcript(stream, usize::MAX);
    let pieces = transcript(stream, usize::from(piece % 16) + 1);
    assert_eq!(whole, pieces, "the size of the pieces changed what was read");
}

/// What a decoder says to `stream`, fed `piece` bytes at a time.
fn transcript(stream: &[u8], piece: usize) -> Vec<String> {
    let (mut decoder, mut said, mut held) = (Decoder::default(), Vec::new(), Vec::new());
    for chunk in stream.chunks(piece.min(stream.len()).max(1)) {
        held.extend_from_slice(chunk);
        let mut at = 0;
        loop {
            match decoder.next(&mut held[at..], 1_000) {
                Ok((_, Incoming::Incomplete)) => break,
                Ok((used, Incoming::Nothing)) => at += used,
                Ok((used, incoming)) => {
                    said.push(format!("{incoming:?}"));
                    at += used;
                }
                Err(violation) => {
                    said.push(format!("{violation:?}"));
                    return said;
                }
            }
        }
        held.drain(..at);
    }
    said
}

#[cfg(test)]
#[path = "websocket_tests.rs"]
mod tests;
