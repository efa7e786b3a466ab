//! Takes out of an image's container what is not the image: where, when, by whom and with what it was taken,
//! and whatever stands behind its end. Decodes no pixels.
//!
//! What is kept is a list, so that what nobody has heard of goes too. Which way is up stays, in an EXIF
//! block that says nothing else.

use bytes::Bytes;
use flate2::read::ZlibDecoder;
use image::metadata::Orientation;
use img_parts::ImageEXIF;
use img_parts::png::Png;
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::WebP;
use std::io::Read;
use wire::limit;

/// PNG: pixels, colours, animation.
const PNG_CHUNKS: [&[u8; 4]; 19] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD",
    b"pHYs", b"hIST", b"acTL", b"fcTL", b"fdAT", b"cICP", b"mDCV", b"cLLI",
];
/// WebP: pixels, colours, animation.
const WEBP_CHUNKS: [&[u8; 4]; 7] = [b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP"];

/// The flag in the head of a WebP that says that there is XMP. The library keeps the others right.
const HAS_XMP: u8 = 0b0000_0100;

/// The image without the rest; `None`: it is not put together as its kind is.
pub fn cleaned(media_type: &str, bytes: &[u8], orientation: Orientation) -> Option<Vec<u8>> {
    match media_type {
        "image/jpeg" => jpeg(bytes, orientation),
        "image/png" => png(bytes, orientation),
        "image/webp" => webp(bytes, orientation),
        "image/gif" => gif(bytes),
        _ => None,
    }
}

/// An EXIF block with one entry; `None` where the image is the right way up.
fn exif(orientation: Orientation) -> Option<Vec<u8>> {
    let turned = orientation.to_exif();
    // Big-endian TIFF: one directory at byte 8 with one entry, tag 0x0112, one SHORT; no further directory.
    let block =
        [&b"MM\0*\0\0\0\x08"[..], &[0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, turned, 0, 0], &[0, 0, 0, 0]];
    (turned != 1).then(|| block.concat())
}

fn png(bytes: &[u8], orientation: Orientation) -> Option<Vec<u8>> {
    let mut png = Png::from_bytes(Bytes::copy_from_slice(bytes)).ok()?;
    png.chunks_mut().retain(|chunk| PNG_CHUNKS.contains(&&chunk.kind()));
    png.chunks_mut().retain(|chunk| chunk.kind() != *b"iCCP" || unfolds_within_bounds(chunk.contents()));
    png.set_exif(exif(orientation).map(Bytes::from));
    Some(png.encoder().bytes().to_vec())
}

/// Is it a profile that readers can take? It is a name, a zero, a method, and what is folded up.
fn unfolds_within_bounds(profile: &[u8]) -> bool {
    let Some(end) = profile.iter().position(|byte| *byte == 0) else { return false };
    let folded = profile.get(end + 2..).unwrap_or_default();
    let mut unfolded = ZlibDecoder::new(folded).take(limit::IMAGE_PROFILE_BYTES + 1);
    std::io::copy(&mut unfolded, &mut std::io::sink()).is_ok_and(|bytes| bytes <= limit::IMAGE_PROFILE_BYTES)
}

fn webp(bytes: &[u8], orientation: Orientation) -> Option<Vec<u8>> {
    let mut webp = WebP::from_bytes(Bytes::copy_from_slice(bytes)).ok()?;
    webp.chunks_mut().retain(|chunk| WEBP_CHUNKS.contains(&&chunk.id()));
    for chunk in webp.chunks_mut().iter_mut().filter(|chunk| chunk.id() == *b"VP8X") {
        let mut head = chunk.content().data()?.to_vec();
        *head.first_mut()? &= !HAS_XMP;
        *chunk = RiffChunk::new(*b"VP8X", RiffContent::Data(head.into()));
    }
    webp.set_exif(exif(orientation).map(Bytes::from));
    Some(webp.encoder().bytes().to_vec())
}

/// A JPEG is a row of segments; behind a scan's segment come its pixels, up to the next marker. A library
/// keeps everything behind the first scan as it is, and there a telephone puts a second image or a film.
fn jpeg(bytes: &[u8], orientation: Orientation) -> Option<Vec<u8>> {
    const END: [u8; 2] = [0xff, 0xd9];
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
    let mut out = vec![0xff, 0xd8];
    if let Some(block) = exif(orientation) {
        let length = u16::try_from(block.len() + 8).ok()?;
        out.extend_from_slice(&[0xff, 0xe1]);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(b"Exif\0\0");
        out.extend_from_slice(&block);
    }
    loop {
        while let [0xff, 0xff, ..] = rest {
            rest = &rest[1..];
        }
        let marker = match rest {
            // Some cameras forget the end.
            [] | [0xff, 0xd9, ..] => {
                out.extend_from_slice(&END);
                return Some(out);
            }
            [0xff, marker, ..] => *marker,
            _ => return None,
        };
        let length = usize::from(u16::from_be_bytes(rest.get(2..4)?.try_into().ok()?));
        let segment = rest.get(..length.checked_add(2)?)?;
        if is_part_of_a_jpeg(marker, segment.get(4..)?) {
            out.extend_from_slice(segment);
        }
        rest = &rest[segment.len()..];
        if marker == 0xda {
            let pixels = scan(rest);
            out.extend_from_slice(pixels);
            rest = &rest[pixels.len()..];
        }
    }
}

fn is_part_of_a_jpeg(marker: u8, content: &[u8]) -> bool {
    match marker {
        0xe0 => content.starts_with(b"JFIF\0"),
        0xe2 => content.starts_with(b"ICC_PROFILE\0"),
        0xee => content.starts_with(b"Adobe"),
        0xe1..=0xfe => false,
        _ => true,
    }
}

/// The pixels of a scan: up to a marker that is neither a stuffed byte nor a restart.
fn scan(rest: &[u8]) -> &[u8] {
    let is_marker = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xff | 0xd0..=0xd7);
    let end = rest.windows(2).position(is_marker);
    end.map_or(rest, |end| &rest[..end])
}

/// A GIF is a head and a row of blocks, each a row of counted pieces.
fn gif(bytes: &[u8]) -> Option<Vec<u8>> {
    let head = 13 + table(*bytes.get(10)?);
    let mut out = bytes.get(..head)?.to_vec();
    let mut rest = &bytes[head..];
    loop {
        let before = match rest {
            // Some programs forget the end.
            [] | [0x3b, ..] => {
                out.push(0x3b);
                return Some(out);
            }
            [0x21, _, ..] => 2,
            [0x2c, ..] => 11 + table(*rest.get(9)?),
            _ => return None,
        };
        let block = rest.get(..before + pieces(rest.get(before..)?)?)?;
        if is_part_of_a_gif(block) {
            out.extend_from_slice(block);
        }
        rest = &rest[block.len()..];
    }
}

/// Bytes of the table of colours that this byte announces.
fn table(packed: u8) -> usize {
    if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) }
}

/// Bytes of counted pieces with the empty one that ends them.
fn pieces(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let count = usize::from(*bytes.get(at)?);
        at += count + 1;
        if count == 0 {
            return Some(at);
        }
    }
}

/// No comments, and of the programs' own blocks only the one that says how often to repeat.
fn is_part_of_a_gif(block: &[u8]) -> bool {
    match block {
        [0x21, 0xfe, ..] => false,
        [0x21, 0xff, 11, name @ ..] => name.starts_with(b"NETSCAPE2.0") || name.starts_with(b"ANIMEXTS1.0"),
        [0x21, 0xff, ..] => false,
        _ => true,
    }
}

/// Fuzz target (ruling 26): no bytes make cleaning panic, and cleaning what is clean changes nothing.
pub fn fuzz(bytes: &[u8]) {
    for media_type in ["image/jpeg", "image/png", "image/webp", "image/gif"] {
        for orientation in [Orientation::NoTransforms, Orientation::Rotate90] {
            let Some(clean) = cleaned(media_type, bytes, orientation) else { continue };
            assert_eq!(cleaned(media_type, &clean, orientation).as_ref(), Some(&clean), "{media_type}");
        }
    }
}
