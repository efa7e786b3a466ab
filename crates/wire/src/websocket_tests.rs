//! Table and property tests of the codec. The table follows the chapters of the Autobahn
//! suite (framing, control frames, reserved bits, opcodes, fragmentation, UTF-8, close).

#![allow(clippy::unwrap_used)]
use super::*;
use proptest::prelude::*;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    client_frame(first, payload, MASK)
}

/// Decodes with a limit of 1,000 bytes.
fn read(stream: &[u8]) -> Vec<String> {
    transcript(stream, usize::MAX)
}

#[test]
fn rfc_6455_the_handshake_and_the_examples_of_chapter_5_7_come_out() {
    assert_eq!(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert_eq!(
        read(&[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]),
        [r#"Text("Hello")"#]
    );
    assert_eq!(text_frame(|b| b.extend_from_slice(b"Hello"))[..], [0x81, 5, b'H', b'e', b'l', b'l', b'o']);
    assert_eq!(pong_frame(b"Hello")[..], [0x8a, 5, b'H', b'e', b'l', b'l', b'o']);
}

#[test]
fn server_frames_use_the_shortest_length_at_every_border() {
    for (size, header) in [
        (0_usize, vec![0x81, 0]),
        (125, vec![0x81, 125]),
        (126, vec![0x81, 126, 0, 126]),
        (65_535, vec![0x81, 126, 0xff, 0xff]),
        (65_536, vec![0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ] {
        let frame = text_frame(|b| b.resize(b.len() + size, b'x'));
        assert_eq!(frame[..header.len()], header);
        assert_eq!(frame.len(), header.len() + size);
    }
}

#[test]
fn close_reasons_are_cut_at_a_character() {
    let frame = close_frame(4200, &"ü".repeat(100));
    assert_eq!(frame.len(), 2 + 2 + 122);
    assert!(std::str::from_utf8(&frame[4..]).is_ok());
}

#[test]
fn autobahn_chapters_read_as_they_must() {
    let fragments = |n: usize| {
        let mut stream = frame(0x01, b"a");
        (1..n - 1).for_each(|_| stream.extend(frame(0x00, b"a")));
        stream.extend(frame(0x80, b"z"));
        stream
    };
    let protocol = |why: &str| format!("Protocol({why:?})");
    let cases: Vec<(&str, Vec<u8>, Vec<String>)> = vec![
        ("1.1.1 empty text", frame(0x81, b""), vec![r#"Text("")"#.into()]),
        ("1.1.3 border of 126", frame(0x81, &[b'*'; 126]), vec![format!("Text({:?})", "*".repeat(126))]),
        ("1.2.1 binary", frame(0x82, b""), vec!["Binary".into()]),
        ("2.1 ping", frame(0x89, b""), vec!["Ping([])".into()]),
        ("2.4 ping of 125", frame(0x89, &[1; 125]), vec![format!("Ping({:?})", [1; 125])]),
        ("2.5 ping of 126", frame(0x89, &[1; 126]), vec![protocol("control frame fragmented or too long")]),
        ("2.7 pong nobody asked for", frame(0x8a, b"x"), vec!["Pong".into()]),
        ("3.1 reserved bit 3", frame(0x91, b"x"), vec![protocol("reserved bit set")]),
        ("3.5 reserved bit 1 on a ping", frame(0xc9, b""), vec![protocol("reserved bit set")]),
        ("4.1 reserved data opcode", frame(0x83, b""), vec![protocol("reserved opcode")]),
        ("4.2 reserved control opcode", frame(0x8b, b""), vec![protocol("reserved opcode")]),
        ("5.1 fragmented ping", frame(0x09, b""), vec![protocol("control frame fragmented or too long")]),
        (
            "5.6 ping between fragments",
            [frame(0x01, b"fr"), frame(0x89, b"p"), frame(0x80, b"ag")].concat(),
            vec!["Ping([112])".into(), r#"Text("frag")"#.into()],
        ),
        ("5.9 continuation of nothing", frame(0x80, b"x"), vec![protocol("continuation of nothing")]),
        (
            "5.18 text within a fragmented text",
            [frame(0x01, b"a"), frame(0x81, b"b")].concat(),
            vec![protocol("a new message within a fragmented one")],
        ),
        ("32 fragments", fragments(32), vec![format!("Text({:?})", format!("{}z", "a".repeat(31)))]),
        ("33 fragments", fragments(33), vec![protocol("too many fragments")]),
        ("6.3.1 invalid UTF-8", frame(0x81, &[0xce, 0xba, 0xed, 0xa0, 0x80]), vec!["NotUtf8".into()]),
        (
            "6.4 character cut by a fragment",
            [frame(0x01, &[0xce]), frame(0x80, &[0xba])].concat(),
            vec![r#"Text("κ")"#.into()],
        ),
        ("7.3.1 close without code", frame(0x88, b""), vec!["Close(None)".into()]),
        ("7.3.2 close of one byte", frame(0x88, &[3]), vec![protocol("close code cut short")]),
        ("7.5.1 reason not UTF-8", frame(0x88, &[3, 232, 0xce]), vec!["NotUtf8".into()]),
        ("7.7.1 close 1000", frame(0x88, &1000_u16.to_be_bytes()), vec!["Close(Some(1000))".into()]),
        (
            "7.9.3 close 1005",
            frame(0x88, &1005_u16.to_be_bytes()),
            vec![protocol("close code not allowed on the wire")],
        ),
        ("no mask", vec![0x81, 1, b'x'], vec![protocol("client frame without mask")]),
        (
            "length 5 in two bytes",
            vec![0x81, 0xfe, 0, 5, 0, 0, 0, 0],
            vec![protocol("length not in its shortest form, or negative")],
        ),
        (
            "length below zero",
            vec![0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            vec![protocol("length not in its shortest form, or negative")],
        ),
    ];
    for (name, stream, expected) in cases {
        assert_eq!(read(&stream), expected, "{name}");
        assert_eq!(transcript(&stream, 1), expected, "{name}, byte by byte");
    }
}

#[test]
fn ruling_21_an_oversized_message_is_named_once_and_skipped_and_the_next_is_read() {
    let big = frame(0x81, &[b'x'; 1_001]);
    let next = frame(0x81, b"next");
    let expected = ["TooLarge { bytes: 1001 }", r#"Text("next")"#];
    assert_eq!(read(&[big, next.clone()].concat()), expected);
    let fragments = [
        frame(0x01, &[b'x'; 900]),
        frame(0x00, &[b'x'; 101]),
        frame(0x00, &[b'x'; 900]),
        frame(0x80, b"end"),
    ];
    assert_eq!(read(&[fragments.concat(), next].concat()), expected);
}

#[test]
fn an_announced_length_sizes_no_allocation() {
    let mut decoder = Decoder::default();
    let mut head = vec![0x81, 0xff];
    head.extend_from_slice(&(1_u64 << 62).to_be_bytes());
    head.extend_from_slice(&MASK);
    assert_eq!(decoder.next(&mut head, 1_000), Ok((14, Incoming::TooLarge { bytes: 1 << 62 })));
    assert_eq!(decoder.next(&mut [7; 64], 1_000), Ok((64, Incoming::Nothing)));
}

#[test]
fn the_committed_corpus_passes_the_fuzz_target() {
    for seed in include_str!("../corpus/websocket.hex").lines() {
        fuzz(&hex::decode(seed).unwrap());
    }
}

/// Streams of mostly valid frames, so that the property reaches behind the first header.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![6 => Just(0x81), 3 => Just(0x01), 3 => Just(0x80), 2 => Just(0x00), 1 => Just(0x89), 1 => any::<u8>()];
    let one = (first, prop::collection::vec(any::<u8>(), 0..700), any::<[u8; 4]>(), any::<bool>()).prop_map(
        |(first, mut payload, mask, ascii)| {
            if ascii {
                payload.iter_mut().for_each(|b| *b = b' ' + *b % 90);
            }
            client_frame(first, &payload, mask)
        },
    );
    prop::collection::vec(one, 0..8).prop_map(|frames| frames.concat())
}

proptest! {
    #[test]
    fn frames_read_the_same_in_any_pieces(piece in any::<u8>(), stream in stream()) {
        let mut input = vec![piece];
        input.extend(stream);
        fuzz(&input);
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        fuzz(&bytes);
    }

    #[test]
    fn unmasking_eight_at_a_time_is_unmasking_one_at_a_time(bytes in prop::collection::vec(any::<u8>(), 0..100), mask in any::<[u8; 4]>()) {
        let mut wide = bytes.clone();
        unmask(&mut wide, mask);
        let one: Vec<u8> = bytes.iter().enumerate().map(|(i, b)| b ^ mask[i % 4]).collect();
        prop_assert_eq!(wide, one);
    }
}

#[test]
fn a_run_of_our_own_frames_reads_back() {
    let long = "x".repeat(70_000);
    let text = |text: &str| text_frame(|out| out.extend_from_slice(text.as_bytes()));
    let run = [
        text("a"),
        ping_frame(),
        text(&"y".repeat(200)),
        pong_frame(b"z"),
        text(&long),
        close_frame(4200, "bye"),
    ];
    let run = run.concat();
    let read: Vec<_> = outgoing(&run).collect();
    let (two, close) = ("y".repeat(200), Outgoing::Close(4200, "bye"));
    let all = [
        Outgoing::Text("a"),
        Outgoing::Ping,
        Outgoing::Text(&two),
        Outgoing::Pong,
        Outgoing::Text(&long),
        close,
    ];
    assert_eq!(read, all);
    assert_eq!(outgoing(&run[..run.len() - 1]).count(), 5, "what is cut off ends it");
}
