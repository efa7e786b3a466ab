//! The codec against a well-known library: what it writes we read, and what we write it reads.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use std::io::Cursor;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameSocket};
use wire::websocket::{self, Decoder, Incoming};

/// A text in fragments, masked, as a client of the library sends it.
fn sent(text: &str, fragments: usize, mask: [u8; 4]) -> Vec<u8> {
    let mut stream = Vec::new();
    let size = text.len().div_ceil(fragments).max(1);
    let pieces: Vec<&[u8]> = if text.is_empty() { vec![b""] } else { text.as_bytes().chunks(size).collect() };
    for (at, piece) in pieces.iter().enumerate() {
        let kind = if at == 0 { Data::Text } else { Data::Continue };
        let last = at + 1 == pieces.len();
        let mut frame = Frame::message(piece.to_vec(), OpCode::Data(kind), last);
        frame.header_mut().mask = Some(mask);
        frame.format(&mut stream).unwrap();
    }
    stream
}

proptest! {
    #[test]
    fn what_the_library_sends_is_read(
        text in ".{0,300}",
        repeat in 1..300_usize,
        fragments in 1..=32_usize,
        mask in any::<[u8; 4]>(),
    ) {
        let text = text.repeat(repeat);
        let mut stream = sent(&text, fragments, mask);
        let (mut decoder, mut at) = (Decoder::default(), 0);
        let read = loop {
            match decoder.next(&mut stream[at..], usize::MAX).unwrap() {
                (used, Incoming::Nothing) => at += used,
                (used, Incoming::Text(read)) => {
                    at += used;
                    break read.to_owned();
                }
                (_, other) => panic!("{other:?}"),
            }
        };
        prop_assert_eq!(read, text);
        prop_assert_eq!(at, stream.len());
    }

    #[test]
    fn what_we_send_the_library_reads(text in ".{0,300}", repeat in 1..300_usize) {
        let text = text.repeat(repeat);
        let frame = websocket::text_frame(|out| out.extend_from_slice(text.as_bytes()));
        let both = [&frame[..], &websocket::close_frame(4100, &text)].concat();
        let mut socket = FrameSocket::new(Cursor::new(both));
        let read = socket.read(None).unwrap().unwrap();
        prop_assert!(read.header().is_final && read.header().mask.is_none());
        prop_assert_eq!(read.to_text().unwrap(), text);
        let close = socket.read(None).unwrap().unwrap();
        prop_assert_eq!(&close.payload()[..2], 4100_u16.to_be_bytes());
        prop_assert!(std::str::from_utf8(&close.payload()[2..]).is_ok());
    }
}
