//! Socket ids: random, because they are part of what is signed, and carrying the shard
//! that serves the socket. Knows nothing of sockets.

use std::fmt;

/// Shards an id can tell apart.
pub(crate) const SHARDS_MAX: usize = 64;

/// `\d+\.\d+` on the wire (contract 1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SocketId(u64);

impl SocketId {
    /// An id of this shard out of 64 random bits, of which 58 stay.
    pub(crate) fn new(shard: usize, random: u64) -> SocketId {
        let shard = (shard % SHARDS_MAX) as u64;
        SocketId((random & !(0x3F << 32)) | shard << 32)
    }

    /// Reads what [`fmt::Display`] wrote; `None` for what was never an id of ours.
    pub(crate) fn parse(text: &str) -> Option<SocketId> {
        let (high, low) = text.split_once('.')?;
        let number = |part: &str| {
            let digits = part.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| part.parse::<u32>().ok()).flatten()
        };
        Some(SocketId(u64::from(number(high)?) << 32 | u64::from(number(low)?)))
    }

    /// The id as one number, for other nodes.
    pub(crate) fn number(self) -> u64 {
        self.0
    }

    /// The id that another node gave as a number.
    pub(crate) fn from_number(number: u64) -> SocketId {
        SocketId(number)
    }

    pub(crate) fn shard(self) -> usize {
        (self.0 >> 32) as usize % SHARDS_MAX
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 >> 32, self.0 & u64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_knows_its_shard() {
        for (shard, random) in [(0, 0), (1, u64::MAX), (63, 0x1234_5678_9abc_def0)] {
            let id = SocketId::new(shard, random);
            assert_eq!(SocketId::parse(&id.to_string()), Some(id));
            assert_eq!(id.shard(), shard);
        }
    }

    #[test]
    fn what_is_not_two_numbers_is_no_id() {
        for text in ["", ".", "1", "1.", ".1", "1.2.3", "+1.2", "1.-2", "4294967296.1", "a.b"] {
            assert_eq!(SocketId::parse(text), None, "{text}");
        }
    }
}
