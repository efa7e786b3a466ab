//! What nodes say to each other, as bytes: numbered frames of items, each by one node. Decides the
//! encoding and refuses what is not ours as a whole; knows nothing of what an item leads to.
//!
//! Nothing here is ever turned into an object by its own description: an item is one of those listed,
//! its texts are UTF-8 with a length that was checked against the bytes that are there.

use std::ops::Range;

/// Random, new at each start of a process.
pub(crate) type NodeId = u64;

/// Two bytes of ours and the version; nodes of another version do not hear each other.
const MAGIC: [u8; 3] = [0xFD, b'n', 1];
/// Bytes of items that are put into one frame, unless one item alone has more.
const FRAME_BYTES: usize = 64 * 1024;
/// Bytes of one item at most; far more than an event may have.
pub(crate) const ITEM_BYTES: usize = 1024 * 1024;

/// One thing a node says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    /// I am here.
    Beat,
    /// I end.
    Bye,
    /// This node shall say all that it has.
    Ask(NodeId),
    /// From here on: all that I have.
    Begin,
    /// That was all: what I had not named, I have not.
    End,
    /// A thing I have now, or `Value::Nothing`.
    Have(Key<'a>, Value<'a>),
    /// The last event of a cache channel.
    Kept { told: Told<'a>, ttl_ms: u64, node: NodeId },
    /// Everybody who listens shall hear this.
    Event(Told<'a>),
    /// Sockets lose something.
    Revoke { app: &'a str, what: Lost<'a> },
    /// For the owners of the other hubs.
    Word(&'a str),
}

/// What a node can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    /// Subscriptions to a channel.
    Subscriptions { app: &'a str, channel: &'a str },
    /// A user present on a presence channel; its value is the `user_info`.
    Member { app: &'a str, channel: &'a str, user: &'a str },
    /// Greeted connections of an app.
    Connections { app: &'a str },
}

/// How much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    Nothing,
    Number(u32),
    Text(&'a str),
}

/// An event as it was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told<'a> {
    pub(crate) app: &'a str,
    pub(crate) channel: &'a str,
    pub(crate) event: &'a str,
    /// Of a client event: JSON text, or absent as the client left it out.
    pub(crate) data: Option<&'a str>,
    pub(crate) user_id: Option<&'a str>,
    /// A socket that does not hear it; with a user, only if it is that user's.
    pub(crate) except: Option<(u64, Option<&'a str>)>,
    /// Whether `data` is written as it is (a client event) or as a string.
    pub(crate) is_client: bool,
    /// On a cache channel: the later one is kept. 0 elsewhere.
    pub(crate) stamp: u64,
}

/// Whose sockets lose what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost<'a> {
    User(&'a str),
    Session(&'a str),
    Channel { user: &'a str, channel: &'a str },
}

/// Encoded items, in order.
#[derive(Default)]
pub(crate) struct Items {
    bytes: Vec<u8>,
    /// Where each item ends.
    ends: Vec<usize>,
}

impl Items {
    /// Adds one; false when it is too long to be sent.
    pub(crate) fn push(&mut self, item: &Item<'_>) -> bool {
        let before = self.bytes.len();
        Writer(&mut self.bytes).item(item);
        if self.bytes.len() - before > ITEM_BYTES {
            self.bytes.truncate(before);
            return false;
        }
        self.ends.push(self.bytes.len());
        true
    }

    pub(crate) fn append(&mut self, other: &Items) {
        let shift = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| end + shift));
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The items as frames of this node; `number` gives each its number.
    pub(crate) fn frames(&self, node: NodeId, mut number: impl FnMut() -> u64) -> Vec<Vec<u8>> {
        let frame = |range: Range<usize>, number: u64| {
            let mut frame = Vec::with_capacity(range.len() + 19);
            frame.extend_from_slice(&MAGIC);
            frame.extend_from_slice(&node.to_be_bytes());
            frame.extend_from_slice(&number.to_be_bytes());
            frame.extend_from_slice(&self.bytes[range]);
            frame
        };
        let (mut frames, mut from, mut to) = (Vec::new(), 0, 0);
        for end in &self.ends {
            if end - from > FRAME_BYTES && to > from {
                frames.push(frame(from..to, number()));
                from = to;
            }
            to = *end;
        }
        if to > from {
            frames.push(frame(from..to, number()));
        }
        frames
    }
}

/// Who says it, and how many frames that node has said with this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) node: NodeId,
    pub(crate) number: u64,
}

/// Reads a frame's head; `None` for what is not a frame of ours.
pub(crate) fn head(frame: &[u8]) -> Option<(Head, &[u8])> {
    let (node, rest) = frame.strip_prefix(&MAGIC)?.split_first_chunk()?;
    let (number, items) = rest.split_first_chunk()?;
    Some((Head { node: u64::from_be_bytes(*node), number: u64::from_be_bytes(*number) }, items))
}

/// Reads all items behind a head; `None` if any is not one of ours.
pub(crate) fn items(bytes: &[u8]) -> Option<Vec<Item<'_>>> {
    let (mut reader, mut items) = (Reader(bytes), Vec::new());
    while !reader.0.is_empty() {
        items.push(reader.item()?);
    }
    Some(items)
}

/// Fuzz target (ruling 26): no bytes make a reader panic, and what reads is written and read the same again.
pub fn fuzz(bytes: &[u8]) {
    let _ = head(bytes);
    let Some(read) = items(bytes) else { return };
    let mut written = Items::default();
    read.iter().for_each(|item| assert!(written.push(item), "what came in one frame is not too long"));
    let frames = written.frames(5, || 1);
    let again: Vec<Item<'_>> = frames
        .iter()
        .flat_map(|frame| head(frame).and_then(|(_, bytes)| items(bytes)).expect("what we write we read"))
        .collect();
    assert_eq!(again, read);
}

struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    fn item(&mut self, item: &Item<'_>) {
        match *item {
            Item::Beat => self.0.push(1),
            Item::Bye => self.0.push(2),
            Item::Ask(node) => {
                self.0.push(3);
                self.number(node);
            }
            Item::Begin => self.0.push(4),
            Item::End => self.0.push(5),
            Item::Have(key, value) => {
                self.key(key);
                self.value(value);
            }
            Item::Kept { ref told, ttl_ms, node } => {
                self.0.push(7);
                self.told(told);
                self.number(ttl_ms);
                self.number(node);
            }
            Item::Event(ref told) => {
                self.0.push(8);
                self.told(told);
            }
            Item::Revoke { app, what } => {
                let (tag, first, second) = match what {
                    Lost::User(user) => (9, user, None),
                    Lost::Session(session) => (10, session, None),
                    Lost::Channel { user, channel } => (11, user, Some(channel)),
                };
                self.0.push(tag);
                self.text(app);
                self.text(first);
                if let Some(second) = second {
                    self.text(second);
                }
            }
            Item::Word(word) => {
                self.0.push(12);
                self.text(word);
            }
        }
    }

    fn key(&mut self, key: Key<'_>) {
        let (tag, texts): (u8, [Option<&str>; 3]) = match key {
            Key::Subscriptions { app, channel } => (20, [Some(app), Some(channel), None]),
            Key::Member { app, channel, user } => (21, [Some(app), Some(channel), Some(user)]),
            Key::Connections { app } => (22, [Some(app), None, None]),
        };
        self.0.push(tag);
        texts.into_iter().flatten().for_each(|text| self.text(text));
    }

    fn value(&mut self, value: Value<'_>) {
        match value {
            Value::Nothing => self.0.push(0),
            Value::Number(number) => {
                self.0.push(1);
                self.number(number.into());
            }
            Value::Text(text) => {
                self.0.push(2);
                self.text(text);
            }
        }
    }

    fn told(&mut self, told: &Told<'_>) {
        let Told { app, channel, event, data, user_id, except, is_client, stamp } = *told;
        let flag = |on: bool, bit: u8| if on { bit } else { 0 };
        let only = except.and_then(|(_, only)| only);
        self.0.push(
            flag(data.is_some(), 1)
                | flag(user_id.is_some(), 2)
                | flag(except.is_some(), 4)
                | flag(only.is_some(), 8)
                | flag(is_client, 16),
        );
        [app, channel, event].into_iter().for_each(|text| self.text(text));
        if let Some((socket, _)) = except {
            self.number(socket);
        }
        [data, user_id, only].into_iter().flatten().for_each(|text| self.text(text));
        self.number(stamp);
    }

    /// Seven bits a byte, the lowest first.
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn item(&mut self) -> Option<Item<'a>> {
        Some(match self.byte()? {
            1 => Item::Beat,
            2 => Item::Bye,
            3 => Item::Ask(self.number()?),
            4 => Item::Begin,
            5 => Item::End,
            7 => Item::Kept { told: self.told()?, ttl_ms: self.number()?, node: self.number()? },
            8 => Item::Event(self.told()?),
            9 => Item::Revoke { app: self.text()?, what: Lost::User(self.text()?) },
            10 => Item::Revoke { app: self.text()?, what: Lost::Session(self.text()?) },
            11 => {
                let (app, user, channel) = (self.text()?, self.text()?, self.text()?);
                Item::Revoke { app, what: Lost::Channel { user, channel } }
            }
            12 => Item::Word(self.text()?),
            tag => Item::Have(self.key(tag)?, self.value()?),
        })
    }

    fn key(&mut self, tag: u8) -> Option<Key<'a>> {
        Some(match tag {
            20 => Key::Subscriptions { app: self.text()?, channel: self.text()? },
            21 => Key::Member { app: self.text()?, channel: self.text()?, user: self.text()? },
            22 => Key::Connections { app: self.text()? },
            _ => return None,
        })
    }

    fn value(&mut self) -> Option<Value<'a>> {
        Some(match self.byte()? {
            0 => Value::Nothing,
            1 => Value::Number(self.number()?.try_into().ok()?),
            2 => Value::Text(self.text()?),
            _ => return None,
        })
    }

    fn told(&mut self) -> Option<Told<'a>> {
        let flags = self.byte()?;
        if flags & !31 != 0 || flags & 12 == 8 {
            return None;
        }
        let (app, channel, event) = (self.text()?, self.text()?, self.text()?);
        let socket = if flags & 4 != 0 { Some(self.number()?) } else { None };
        let mut optional = |bit: u8| if flags & bit != 0 { self.text().map(Some) } else { Some(None) };
        let (data, user_id, only) = (optional(1)?, optional(2)?, optional(8)?);
        let except = socket.map(|socket| (socket, only));
        let (is_client, stamp) = (flags & 16 != 0, self.number()?);
        Some(Told { app, channel, event, data, user_id, except, is_client, stamp })
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            if bits << shift >> shift != bits {
                return None;
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn told() -> Told<'static> {
        Told {
            app: "1",
            channel: "cache-ä",
            event: "told",
            data: Some("{\"n\":1}"),
            user_id: None,
            except: Some((u64::MAX, Some("ana"))),
            is_client: false,
            stamp: 1 << 50,
        }
    }

    fn all() -> Vec<Item<'static>> {
        let (app, channel, user) = ("1", "presence-x", "ben");
        vec![
            Item::Beat,
            Item::Bye,
            Item::Ask(7),
            Item::Begin,
            Item::End,
            Item::Have(Key::Subscriptions { app, channel }, Value::Number(300)),
            Item::Have(Key::Member { app, channel, user }, Value::Text("{}")),
            Item::Have(Key::Member { app, channel, user }, Value::Nothing),
            Item::Have(Key::Connections { app }, Value::Number(u32::MAX)),
            Item::Kept { told: told(), ttl_ms: 1_800_000, node: 9 },
            Item::Event(told()),
            Item::Event(Told { except: Some((0, None)), data: None, is_client: true, stamp: 0, ..told() }),
            Item::Event(Told { except: None, user_id: Some(""), ..told() }),
            Item::Revoke { app, what: Lost::User(user) },
            Item::Revoke { app, what: Lost::Session("s") },
            Item::Revoke { app, what: Lost::Channel { user, channel } },
            Item::Word("wake"),
        ]
    }

    fn frames(items: &[Item<'_>]) -> Vec<Vec<u8>> {
        let mut encoded = Items::default();
        items.iter().for_each(|item| assert!(encoded.push(item)));
        let mut number = 0;
        encoded.frames(5, || {
            number += 1;
            number
        })
    }

    #[test]
    fn every_item_reads_back() {
        let frames = frames(&all());
        let (found, rest) = head(&frames[0]).unwrap();
        assert_eq!((found, frames.len()), (Head { node: 5, number: 1 }, 1));
        assert_eq!(items(rest).unwrap(), all());
    }

    #[test]
    fn many_items_become_several_frames_in_order_and_none_is_torn() {
        let text = "x".repeat(20_000);
        let frames = frames(&vec![Item::Word(&text); 10]);
        let read = |frame: &Vec<u8>| items(head(frame).unwrap().1).unwrap().len();
        assert_eq!(frames.iter().map(read).collect::<Vec<_>>(), [3, 3, 3, 1]);
        assert_eq!(head(&frames[3]).unwrap().0.number, 4);
        assert!(!Items::default().push(&Item::Word(&"x".repeat(ITEM_BYTES))), "too long to be sent");
    }

    #[test]
    fn what_is_cut_short_or_of_another_version_is_refused_as_a_whole() {
        let whole = frames(&all()).remove(0);
        let (_, rest) = head(&whole).unwrap();
        let ends: Vec<usize> = (1..=all().len()).map(|n| frames(&all()[..n])[0].len() - 19).collect();
        for cut in (1..rest.len()).filter(|cut| !ends.contains(cut)) {
            assert_eq!(items(&rest[..cut]), None, "{cut}");
        }
        let other = [&[0xFD, b'n', 2], &whole[3..]].concat();
        assert_eq!(head(&other), None);
        assert_eq!(head(br#"{"type":"message","application":"O:8:\"stdClass\":0:{}"}"#), None);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic_and_what_reads_reads_the_same_again(bytes: Vec<u8>) {
            fuzz(&bytes);
        }
    }
}
