//! What is said of files: how they are announced and told, their stable paths, the signatures that open
//! them for a day (ruling 15), the bytes that a `Range` header asks for. Knows nothing of where they are.

use crate::{Refusal, limit, sign};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use subtle::ConstantTimeEq;
#[cfg(feature = "ts")]
use ts_rs::TS;

/// A file of a message as it is kept: what the bytes are, and what their sender said of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct File {
    /// `att_…`.
    pub id: String,
    /// As its sender called it.
    pub name: String,
    /// By what the bytes are, never by name or header.
    pub media_type: String,
    /// How many there are.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
    /// Pixels, of an image that can be shown, the right way up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// See `width`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// How long a voice message lasts, as its sender measured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u32>,
    /// Peaks of a voice message from 0 to 100, evenly spread over it, as its sender measured them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waveform: Option<Vec<u8>>,
    /// Is it a voice message?
    #[serde(default)]
    pub is_voice: bool,
    /// Is there a small picture of it?
    #[serde(default)]
    pub has_thumbnail: bool,
}

/// A file of a message as it can be loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct Attachment {
    /// What it is.
    #[serde(flatten)]
    pub file: File,
    /// Stable, and opens nothing.
    pub path: String,
    /// Opens the file for a day (ruling 15); reading the message again gives a new one.
    pub url: String,
    /// The same for its small picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
}

/// `POST …/uploads`: what will be sent in parts. `POST …/attachments` takes the same as a query, and the
/// file as its body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct BeginUpload {
    /// `cnv_…`.
    pub conversation_id: String,
    /// File name.
    pub name: String,
    /// Of the whole file.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
    /// Is it a voice message?
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<bool>"))]
    pub is_voice: bool,
    /// How long a voice message lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u32>,
    /// Peaks of a voice message, from 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waveform: Option<Vec<u8>>,
}

/// How far an upload is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS), ts(optional_fields))]
pub struct UploadReply {
    /// Always `true`.
    pub success: bool,
    /// `att_…`: goes into a message's `attachments` once the file is there.
    pub id: String,
    /// Where the next part begins.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub offset: u64,
    /// Of the whole file.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
    /// Of each part but the last.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub part_bytes: u64,
    /// The file, once it is there whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
}

/// What of a file a link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The file itself.
    Whole,
    /// Its small picture.
    Thumbnail,
}

/// The stable path of a file, without rights.
pub fn path(id: &str, name: &str) -> String {
    format!("/files/{id}/{}", escaped(name))
}

/// The path of a file's small picture, without rights.
pub fn thumbnail_path(id: &str) -> String {
    format!("/thumbnails/{id}")
}

/// The query that opens `part` of a file: for a day from now, and the same within an hour, so that caches
/// and entity tags hold.
pub fn query(key: &str, part: Part, id: &str, now_ms: u64) -> String {
    const HOUR_S: u64 = 3_600;
    let expires_s = (now_ms / 1_000 / HOUR_S + 1 + limit::FILE_LINK_H) * HOUR_S;
    format!("expires={expires_s}&signature={}", signature(key, part, id, expires_s))
}

/// Does this query open `part` of the file now?
///
/// # Errors
/// `link-invalid` or `link-expired`.
pub fn verify(
    key: &str,
    part: Part,
    id: &str,
    expires_s: u64,
    given: &str,
    now_ms: u64,
) -> Result<(), Refusal> {
    let right = signature(key, part, id, expires_s);
    if !bool::from(right.as_bytes().ct_eq(given.as_bytes())) {
        return Err(Refusal::LinkInvalid);
    }
    if expires_s <= now_ms / 1_000 { Err(Refusal::LinkExpired) } else { Ok(()) }
}

fn signature(key: &str, part: Part, id: &str, expires_s: u64) -> String {
    let part = match part {
        Part::Whole => "file",
        Part::Thumbnail => "thumbnail",
    };
    sign::digest(key, format!("{part}:{id}:{expires_s}").as_bytes())
}

/// Everything but what RFC 3986 calls unreserved becomes `%XX`.
pub fn escaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The bytes that a `Range` header asks for (RFC 9110, 14.1.2); `None`: the whole file. What is no range
/// of bytes, and several ranges at once, is answered with the whole file, as the specification allows.
///
/// # Errors
/// `range-not-satisfiable`: it begins behind the last byte.
pub fn range(header: &str, bytes: u64) -> Result<Option<Range<u64>>, Refusal> {
    let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Ok(None);
    };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| text.parse().unwrap_or(u64::MAX);
    let range = match (is_number(first), is_number(last)) {
        (true, true) if number(last) < number(first) => return Ok(None),
        (true, true) => number(first)..number(last).saturating_add(1).min(bytes),
        (true, false) if last.is_empty() => number(first)..bytes,
        (false, true) if first.is_empty() && number(last) > 0 => bytes.saturating_sub(number(last))..bytes,
        (false, true) if first.is_empty() => bytes..bytes,
        _ => return Ok(None),
    };
    if range.start < range.end { Ok(Some(range)) } else { Err(Refusal::RangeNotSatisfiable) }
}

/// Peaks of a waveform as they stand in a query: whole numbers up to 100 with commas between them.
/// `None`: they are not that, or too many.
pub fn peaks(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let fits = text.split(',').count() <= limit::WAVEFORM_PEAKS;
    let peak = |text: &str| text.parse().ok().filter(|peak| *peak <= 100);
    fits.then(|| text.split(',').map(peak).collect()).flatten()
}

/// Fuzz target (ruling 26): no header makes a range outside the file, no text a peak over 100, no name an
/// address that means something else.
pub fn fuzz(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for size in [0, 1, 7, 1 << 40, u64::MAX] {
        if let Ok(Some(range)) = range(text, size) {
            assert!(range.start < range.end && range.end <= size, "{range:?} of {size}");
        }
    }
    if let Some(peaks) = peaks(text) {
        assert!(peaks.len() <= limit::WAVEFORM_PEAKS && peaks.iter().all(|peak| *peak <= 100));
    }
    let path = path("att_1", text);
    assert!(path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#\"<>\\".contains(&byte)));
    assert_eq!(path.matches('/').count(), 3);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    const NOW: u64 = 1_795_344_780_000;

    fn parts(query: &str) -> (u64, String) {
        let (expires, signature) = query.split_once('&').unwrap();
        let expires = expires.strip_prefix("expires=").unwrap().parse().unwrap();
        (expires, signature.strip_prefix("signature=").unwrap().to_owned())
    }

    #[test]
    fn ruling_15_a_link_opens_one_part_of_one_file_for_a_day() {
        let (expires, signature) = parts(&query("key", Part::Whole, "att_1", NOW));
        let opens = |key, part, id, expires, at| verify(key, part, id, expires, &signature, at);
        let day = limit::FILE_LINK_H * 3_600_000;
        assert_eq!(opens("key", Part::Whole, "att_1", expires, NOW + day), Ok(()));
        let late = NOW + day + 3_600_000;
        assert_eq!(opens("key", Part::Whole, "att_1", expires, late), Err(Refusal::LinkExpired));
        for (key, part, id, expires) in [
            ("other", Part::Whole, "att_1", expires),
            ("key", Part::Thumbnail, "att_1", expires),
            ("key", Part::Whole, "att_2", expires),
            ("key", Part::Whole, "att_1", expires + 1),
        ] {
            assert_eq!(opens(key, part, id, expires, NOW), Err(Refusal::LinkInvalid), "{key} {id} {expires}");
        }
    }

    #[test]
    fn a_link_is_the_same_within_an_hour() {
        let hour = NOW / 3_600_000 * 3_600_000;
        let at = |ms| query("key", Part::Whole, "att_1", ms);
        assert_eq!(at(hour), at(hour + 3_599_999));
        assert_ne!(at(hour), at(hour + 3_600_000));
    }

    #[test]
    fn ranges_read_as_the_specification_says() {
        for (header, expected) in [
            ("bytes=0-0", Ok(Some(0..1))),
            ("bytes=2-", Ok(Some(2..10))),
            ("bytes=2-99", Ok(Some(2..10))),
            ("bytes=-3", Ok(Some(7..10))),
            ("bytes=-99", Ok(Some(0..10))),
            ("bytes=10-", Err(Refusal::RangeNotSatisfiable)),
            ("bytes=-0", Err(Refusal::RangeNotSatisfiable)),
            ("bytes=99999999999999999999-", Err(Refusal::RangeNotSatisfiable)),
            ("bytes=3-2", Ok(None)),
            ("bytes=0-1,3-4", Ok(None)),
            ("bytes=-", Ok(None)),
            ("bytes=a-b", Ok(None)),
            ("lines=0-1", Ok(None)),
            ("", Ok(None)),
        ] {
            assert_eq!(range(header, 10), expected, "{header}");
        }
    }

    #[test]
    fn peaks_are_bounded_in_number_and_height() {
        assert_eq!(peaks("0,50,100"), Some(vec![0, 50, 100]));
        assert_eq!(peaks(""), Some(Vec::new()));
        for wrong in ["101", "-1", "1,,2", "a", "1, 2"] {
            assert_eq!(peaks(wrong), None, "{wrong}");
        }
        assert_eq!(peaks(&vec!["1"; limit::WAVEFORM_PEAKS + 1].join(",")), None);
    }

    proptest! {
        #[test]
        fn no_text_reads_as_more_than_there_is(
            text in prop_oneof![".{0,40}", "bytes=[0-9]{0,20}-[0-9]{0,20}", "[0-9,]{0,300}"],
        ) {
            fuzz(text.as_bytes());
        }
    }
}
