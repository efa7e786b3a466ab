//! Parses what people typed into what the chat keeps: texts, names, addresses, ids, origins.
//! Knows no database; the numbers are in `wire::limit`.

use wire::api::WidgetSettings;
use wire::limit;
use wire::{Refusal, Refused};

/// A message's text. Kept as written, but for control characters other than newline and
/// tab: no reader shows them, and PostgreSQL refuses NUL.
pub(crate) fn message_text(text: String, may_be_empty: bool) -> Result<String, Refused> {
    let text = if text.contains(unwanted) { text.replace(unwanted, "") } else { text };
    let chars = text.chars().count();
    if chars > limit::MESSAGE_TEXT_CHARS {
        let most = limit::MESSAGE_TEXT_CHARS;
        return Err(
            Refusal::TextTooLong.because(format!("message has {chars} characters, the limit is {most}"))
        );
    }
    if text.trim().is_empty() && !may_be_empty { Err(Refusal::TextEmpty.into()) } else { Ok(text) }
}

fn unwanted(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

/// What a sender calls a message or conversation.
pub(crate) fn client_id(id: Option<String>) -> Result<Option<String>, Refused> {
    match id {
        Some(id) if id.is_empty() || id.len() > limit::CLIENT_ID_BYTES || id.contains(char::is_control) => {
            let most = limit::CLIENT_ID_BYTES;
            Err(Refusal::InvalidField
                .because(format!("client_id must have 1 to {most} bytes, and no control characters")))
        }
        id => Ok(id),
    }
}

/// A file's name as its sender calls it, without folders and without what means something else in an
/// address or in a header.
pub(crate) fn file_name(name: &str) -> Result<String, Refused> {
    let unwanted = |c: char| c.is_control() || is_direction(c);
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().replace(unwanted, "");
    let name = last.trim();
    at_most("name", name.chars().count(), limit::FILE_NAME_CHARS)?;
    let says_nothing = name.trim_matches(['.', ' ']).is_empty();
    Ok(if says_nothing { "file".to_owned() } else { name.to_owned() })
}

/// Characters that turn the direction of writing, so that `gnp.exe` reads as `exe.png`.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How long a voice message lasts.
pub(crate) fn duration_ms(duration: Option<u32>) -> Result<Option<u32>, Refused> {
    match duration {
        Some(ms) if ms > limit::VOICE_MS => {
            Err(Refusal::InvalidField.because(format!("duration_ms is at most {}", limit::VOICE_MS)))
        }
        duration => Ok(duration),
    }
}

/// Peaks of a voice message.
pub(crate) fn waveform(peaks: Option<Vec<u8>>) -> Result<Option<Vec<u8>>, Refused> {
    let most = limit::WAVEFORM_PEAKS;
    match peaks {
        Some(peaks) if peaks.len() > most || peaks.iter().any(|peak| *peak > 100) => {
            Err(Refusal::InvalidField.because(format!("waveform has at most {most} peaks from 0 to 100")))
        }
        peaks => Ok(peaks.filter(|peaks| !peaks.is_empty())),
    }
}

/// A name of a person or widget.
pub(crate) fn name(field: &str, name: &str) -> Result<String, Refused> {
    let name = name.replace(char::is_control, " ").trim().to_owned();
    let chars = name.chars().count();
    if name.is_empty() {
        return Err(Refusal::MissingField.because(field));
    }
    at_most(field, chars, limit::NAME_CHARS)?;
    Ok(name)
}

/// A text of one or more lines that may be empty.
pub(crate) fn greeting(text: &str) -> Result<String, Refused> {
    at_most("greeting", text.chars().count(), limit::GREETING_CHARS)?;
    Ok(text.replace(unwanted, ""))
}

/// An e-mail address, as far as it can be judged without sending to it.
pub(crate) fn email(email: &str) -> Result<String, Refused> {
    let email = email.trim();
    if email.is_empty() {
        return Err(Refusal::MissingField.because("email"));
    }
    if email.len() > limit::EMAIL_BYTES {
        return Err(
            Refusal::InvalidField.because(format!("email has more than {} bytes", limit::EMAIL_BYTES))
        );
    }
    let shaped = email
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    if !shaped || email.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Refusal::InvalidField.because("email is not an e-mail address"));
    }
    Ok(email.to_owned())
}

/// A widget's behaviour, within bounds.
pub(crate) fn widget_settings(settings: WidgetSettings) -> Result<WidgetSettings, Refused> {
    if settings.uploads.types.len() > limit::UPLOAD_TYPES {
        let most = limit::UPLOAD_TYPES;
        return Err(Refusal::InvalidField.because(format!("uploads.types has more than {most} entries")));
    }
    if settings.uploads.max_bytes > limit::FILE_BYTES {
        let most = limit::FILE_BYTES;
        return Err(Refusal::InvalidField.because(format!("uploads.max_bytes is at most {most}")));
    }
    if settings.retention_days == Some(0) {
        return Err(Refusal::InvalidField.because("retention_days is at least 1"));
    }
    Ok(settings)
}

/// What makes two addresses the same.
pub(crate) fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

/// A new password.
pub(crate) fn new_password(password: &str) -> Result<(), Refused> {
    if password.chars().count() < limit::PASSWORD_MIN_CHARS || password.len() > limit::PASSWORD_MAX_BYTES {
        let (least, most) = (limit::PASSWORD_MIN_CHARS, limit::PASSWORD_MAX_BYTES);
        return Err(
            Refusal::InvalidField.because(format!("password must have {least} characters to {most} bytes"))
        );
    }
    Ok(())
}

/// `#rrggbb`.
pub(crate) fn color(color: &str) -> Result<String, Refused> {
    match color.as_bytes() {
        [b'#', digits @ ..] if digits.len() == 6 && digits.iter().all(u8::is_ascii_hexdigit) => {
            Ok(color.to_ascii_lowercase())
        }
        _ => Err(Refusal::InvalidField.because("color must be #rrggbb")),
    }
}

/// A list of origins, each as a browser writes it; a trailing slash and doubles are dropped.
pub(crate) fn origins(origins: &[String]) -> Result<Vec<String>, Refused> {
    let most = limit::WIDGET_ORIGINS;
    if origins.len() > most {
        return Err(Refusal::InvalidField.because(format!("origins has more than {most} entries")));
    }
    let mut out: Vec<String> = Vec::new();
    for origin in origins {
        let origin = origin.trim().trim_end_matches('/').to_ascii_lowercase();
        if !is_origin(&origin) {
            return Err(Refusal::InvalidField.because("origins must look like https://shop.example"));
        }
        if !out.contains(&origin) {
            out.push(origin);
        }
    }
    Ok(out)
}

fn is_origin(origin: &str) -> bool {
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    host.is_some_and(|host| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        (1..=limit::EMAIL_BYTES).contains(&host.len()) && host.chars().all(allowed)
    })
}

fn at_most(field: &str, chars: usize, most: usize) -> Result<(), Refused> {
    if chars > most {
        return Err(
            Refusal::InvalidField.because(format!("{field} has {chars} characters, the limit is {most}"))
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn texts_keep_newlines_and_lose_what_no_reader_shows() {
        assert_eq!(message_text("a\r\n\tb\0\u{1b}[31m".into(), false).unwrap(), "a\n\tb[31m");
        assert_eq!(message_text("  kept  ".into(), false).unwrap(), "  kept  ");
        for empty in ["", " \n\t ", "\0\u{7}"] {
            assert_eq!(message_text(empty.into(), false).unwrap_err().refusal, Refusal::TextEmpty);
        }
        assert!(message_text("é".repeat(limit::MESSAGE_TEXT_CHARS), false).is_ok());
        let long = message_text("é".repeat(limit::MESSAGE_TEXT_CHARS + 1), true).unwrap_err();
        assert_eq!(long.refusal, Refusal::TextTooLong);
    }

    #[test]
    fn files_are_called_what_harms_nobody() {
        for (given, kept) in [
            ("Käse 1.png", "Käse 1.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\fakepath\\a.txt", "a.txt"),
            ("a\r\nb.txt", "ab.txt"),
            ("ex\u{202e}gnp.exe", "exgnp.exe"),
            ("..", "file"),
            ("", "file"),
        ] {
            assert_eq!(file_name(given).unwrap(), kept, "{given:?}");
        }
        assert!(file_name(&"x".repeat(limit::FILE_NAME_CHARS + 1)).is_err());
    }

    #[test]
    fn voice_is_bounded_in_length_and_peaks() {
        assert_eq!(duration_ms(Some(limit::VOICE_MS)).unwrap(), Some(limit::VOICE_MS));
        assert!(duration_ms(Some(limit::VOICE_MS + 1)).is_err());
        assert_eq!(waveform(Some(vec![0, 100])).unwrap(), Some(vec![0, 100]));
        assert!(waveform(Some(vec![101])).is_err());
        assert!(waveform(Some(vec![1; limit::WAVEFORM_PEAKS + 1])).is_err());
    }

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        let given =
            ["https://Shop.Example/", "http://localhost:8000", "https://shop.example"].map(String::from);
        assert_eq!(origins(&given).unwrap(), ["https://shop.example", "http://localhost:8000"]);
        for wrong in ["*", "shop.example", "https://", "https://a.example/path", "https://*.example", "null"]
        {
            assert!(origins(&[wrong.into()]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn addresses_colours_and_ids_are_checked() {
        assert_eq!(email(" Ben@Example.org ").unwrap(), "Ben@Example.org");
        for wrong in ["ben", "@x", "ben@", "a b@x", "a@b@c"] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
        assert_eq!(color("#A0b1C2").unwrap(), "#a0b1c2");
        assert!(color("red").is_err() && color("#12345é").is_err());
        assert!(client_id(Some("x".repeat(65))).is_err() && client_id(Some(String::new())).is_err());
        assert!(client_id(Some("\0".into())).is_err());
    }
}
