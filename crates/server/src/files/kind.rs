//! What a file is, by its bytes alone, and what follows from it: may it be sent, and may a browser show it.
//! Believes neither name nor header, and knows nothing of where the bytes are.

use wire::file::File;

/// How many bytes at the beginning of a file say what it is.
pub const HEAD_BYTES: usize = 8 * 1024;

/// Images that the server decodes, cleans and lets browsers show.
const SHOWN_IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/// Sound and film that browsers play, and that cannot carry scripts.
const PLAYED: [&str; 12] = [
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "audio/x-wav",
    "audio/x-flac",
    "audio/aac",
    "audio/mp4",
    "audio/m4a",
    "audio/webm",
    "video/mp4",
    "video/webm",
    "video/quicktime",
];
/// Anything.
const BYTES: &str = "application/octet-stream";

/// The media type of a file that begins so. Containers of film hold voice messages too: what browsers
/// record is `audio/webm` or `audio/mp4` when its sender says that it is a voice message.
pub fn sniff(head: &[u8], is_voice: bool) -> &'static str {
    let found = infer::get(head).map(|kind| kind.mime_type());
    match found {
        Some("video/webm" | "video/x-matroska") if is_voice => "audio/webm",
        Some("video/mp4" | "video/quicktime") if is_voice => "audio/mp4",
        Some("application/ogg" | "video/ogg") if is_voice => "audio/ogg",
        Some(found) => found,
        None if is_text(head) => "text/plain",
        None => BYTES,
    }
}

/// UTF-8 without control characters other than white space, as far as one can see.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last character may be cut.
        Err(error) if error.error_len().is_none() && head.len() >= HEAD_BYTES => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && !text.contains(|c: char| c.is_control() && !c.is_whitespace())
}

/// Is a file of this type taken: by name, or by family (`image/*`)? A voice message is a sound.
pub fn is_allowed(media_type: &str, types: &[String], is_voice: bool) -> bool {
    let family = media_type.split('/').next().unwrap_or_default();
    let matches = |allowed: &String| {
        allowed == media_type || allowed == "*/*" || allowed.strip_suffix("/*").is_some_and(|of| of == family)
    };
    (!is_voice || family == "audio") && types.iter().any(matches)
}

/// Is it an image that the server decodes?
pub fn is_shown_image(media_type: &str) -> bool {
    SHOWN_IMAGES.contains(&media_type)
}

/// May a browser show or play it where it stands? Images only when they were decoded, which those with a
/// width were: what is not shown is saved as bytes, whatever it is.
pub fn is_inline(file: &File) -> bool {
    let is_image = is_shown_image(&file.media_type) && file.width.is_some();
    is_image || PLAYED.contains(&file.media_type.as_str())
}

/// The `Content-Type` under which it is delivered.
pub fn delivered_as(file: &File) -> &str {
    if is_inline(file) { &file.media_type } else { BYTES }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_say_what_a_file_is() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n", false), "image/png");
        assert_eq!(sniff(b"%PDF-1.7\n", false), "application/pdf");
        assert_eq!(sniff("Grüße\n\tvon Ana".as_bytes(), false), "text/plain");
        assert_eq!(
            sniff(b"MZ\x90\x00\x03\x00\x00\x00", false),
            "application/vnd.microsoft.portable-executable"
        );
        assert_eq!(sniff(b"\x00\x01\x02", false), BYTES);
        assert_eq!(sniff(b"<!DOCTYPE html><script>", false), "text/html");
        let mut webm = b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm".to_vec();
        webm.resize(300, 0);
        assert_eq!((sniff(&webm, true), sniff(&webm, false)), ("audio/webm", "video/webm"));
    }

    #[test]
    fn the_list_takes_types_and_families_and_voice_is_sound() {
        let list = ["image/*".to_owned(), "application/pdf".to_owned(), "audio/*".to_owned()];
        let allowed = |kind| is_allowed(kind, &list, false);
        assert!(allowed("image/png") && allowed("application/pdf"));
        assert!(!allowed("application/zip") && !allowed("text/html") && !allowed("images/png"));
        assert!(is_allowed("audio/webm", &list, true) && !is_allowed("image/png", &list, true));
    }

    #[test]
    fn svg_and_html_are_never_shown() {
        for (head, width) in
            [(&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], None), (&b"<html>"[..], Some(1))]
        {
            let file = File { width, media_type: sniff(head, false).to_owned(), ..nothing() };
            assert!(!is_inline(&file), "{}", file.media_type);
            assert_eq!(delivered_as(&file), BYTES);
        }
    }

    fn nothing() -> File {
        File {
            id: String::new(),
            name: String::new(),
            media_type: String::new(),
            bytes: 0,
            width: None,
            height: None,
            duration_ms: None,
            waveform: None,
            is_voice: false,
            has_thumbnail: false,
        }
    }
}
