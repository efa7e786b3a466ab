//! Frames that a connection's other end did not take yet, counted in bytes. Knows nothing of who takes
//! them and of what happens when they are too many.

use bytes::{Buf, Bytes};
use std::collections::VecDeque;

/// What did not fit into the socket.
#[derive(Default)]
pub(crate) struct Outbox {
    pub(crate) frames: VecDeque<Bytes>,
    pub(crate) bytes: usize,
}

impl Outbox {
    pub(crate) fn push(&mut self, frame: Bytes) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
    }

    /// Drops what was written off the front.
    pub(crate) fn advance(&mut self, mut written: usize) {
        self.bytes -= written;
        while let Some(front) = self.frames.front_mut() {
            if written < front.len() {
                front.advance(written);
                return;
            }
            written -= front.len();
            self.frames.pop_front();
        }
    }

    /// Takes the oldest entry out.
    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        let frames = self.frames.pop_front()?;
        self.bytes -= frames.len();
        Some(frames)
    }

    /// Drops all but the oldest entry.
    pub(crate) fn keep_front(&mut self) {
        self.frames.truncate(1);
        self.bytes = self.frames.iter().map(Bytes::len).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outbox_drops_exactly_what_was_written() {
        let mut outbox = Outbox::default();
        for frame in ["abc", "de", "f"] {
            outbox.push(Bytes::from(frame));
        }
        outbox.advance(4);
        assert_eq!(
            (outbox.bytes, outbox.frames.clone()),
            (2, VecDeque::from([Bytes::from("e"), Bytes::from("f")]))
        );
        outbox.advance(2);
        assert!(outbox.frames.is_empty() && outbox.bytes == 0);
    }
}
