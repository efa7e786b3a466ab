//! Parses what people typed into what the chat keeps: texts, names, addresses, ids, origins.
//! Knows no database; the numbers are in `wire::limit`.

use crate::hours::Hours;
use std::collections::BTreeMap;
use wire::alert::Escalation;
use wire::api::WidgetSettings;
use wire::contact::{Attribute, Attributes};
use wire::identity::Profile;
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

/// Tags: trimmed, each once, in alphabetical order.
pub(crate) fn tags(tags: Vec<String>) -> Result<Vec<String>, Refused> {
    let mut clean = Vec::new();
    for tag in tags {
        let tag = tag.replace(char::is_control, " ").trim().to_owned();
        if tag.is_empty() {
            return Err(Refusal::InvalidField.because("a tag is not empty"));
        }
        at_most("a tag", tag.chars().count(), limit::TAG_CHARS)?;
        clean.push(tag);
    }
    clean.sort();
    clean.dedup();
    no_more_than("tags", clean.len(), limit::TAGS)?;
    Ok(clean)
}

/// What is typed to call up a canned reply: one word, in lower case.
pub(crate) fn shortcut(text: &str) -> Result<String, Refused> {
    let shortcut = text.trim().trim_start_matches('/').to_lowercase();
    if shortcut.is_empty() {
        return Err(Refusal::MissingField.because("shortcut"));
    }
    at_most("shortcut", shortcut.chars().count(), limit::SHORTCUT_CHARS)?;
    if !shortcut.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') {
        return Err(Refusal::InvalidField.because("shortcut has letters, digits, - and _ alone"));
    }
    Ok(shortcut)
}

/// The text of a canned reply.
pub(crate) fn canned_text(text: String) -> Result<String, Refused> {
    at_most("text", text.chars().count(), limit::CANNED_TEXT_CHARS)?;
    message_text(text, false)
}

/// Attributes to set or remove.
pub(crate) fn attribute_changes(
    attributes: BTreeMap<String, Option<String>>,
) -> Result<BTreeMap<String, Option<String>>, Refused> {
    no_more_than("attributes", attributes.len(), limit::ATTRIBUTES)?;
    for (name, value) in &attributes {
        if name.trim().is_empty() || name.contains(char::is_control) {
            return Err(Refusal::InvalidField.because("the name of an attribute is text of one line"));
        }
        at_most("the name of an attribute", name.chars().count(), limit::ATTRIBUTE_NAME_CHARS)?;
        let value = value.as_deref().unwrap_or_default();
        at_most("an attribute", value.chars().count(), limit::ATTRIBUTE_TEXT_CHARS)?;
        if value.contains(unwanted) {
            return Err(Refusal::InvalidField.because("an attribute has no control characters"));
        }
    }
    Ok(attributes)
}

/// So many attributes in all.
pub(crate) fn attribute_count(count: usize) -> Result<(), Refused> {
    no_more_than("attributes", count, limit::ATTRIBUTES)
}

/// So many tags in all.
pub(crate) fn tag_count(count: usize, most: usize) -> Result<(), Refused> {
    no_more_than("tags", count, most)
}

/// So many events told at once.
pub(crate) fn tracked_count(count: usize) -> Result<(), Refused> {
    no_more_than("events", count, limit::TRACKED_EVENTS)
}

/// What a page calls what its visitor did.
pub(crate) fn tracked_name(name: &str) -> Result<String, Refused> {
    let name = name.replace(char::is_control, " ").trim().to_owned();
    if name.is_empty() {
        return Err(Refusal::MissingField.because("The field is the name of an event."));
    }
    at_most("the name of an event", name.chars().count(), limit::TRACKED_NAME_CHARS)?;
    Ok(name)
}

/// So many bytes of JSON.
pub(crate) fn is_short<T: serde::Serialize>(value: &T, field: &str, most: usize) -> Result<(), Refused> {
    let bytes = serde_json::to_vec(value).map_err(|_| Refusal::Internal)?.len();
    if bytes > most {
        return Err(Refusal::InvalidField.because(format!("{field} has {bytes} bytes, the limit is {most}")));
    }
    Ok(())
}

/// When a snoozed conversation is to open: in the future, at most a year away.
pub(crate) fn snoozed_until(text: &str, now_ms: u64) -> Result<u64, Refused> {
    let at_ms = text.parse::<jiff::Timestamp>().ok().and_then(|at| u64::try_from(at.as_millisecond()).ok());
    let at_ms = at_ms.ok_or_else(|| Refusal::InvalidField.because("snoozed_until is no RFC 3339 time"))?;
    if at_ms <= now_ms || at_ms > now_ms + limit::SNOOZE_MS {
        return Err(Refusal::InvalidField.because("snoozed_until is in the future, at most a year away"));
    }
    Ok(at_ms)
}

/// One emoji, as far as it can be told without a table of them: short, no spaces, not plain ASCII.
pub(crate) fn emoji(text: &str) -> Result<String, Refused> {
    let fits = (1..=limit::EMOJI_BYTES).contains(&text.len())
        && !text.is_ascii()
        && !text
            .contains(|c: char| c.is_whitespace() || c.is_control() || c.is_ascii_alphabetic() || c == '<');
    if fits { Ok(text.to_owned()) } else { Err(Refusal::InvalidField.because("this is not an emoji")) }
}

/// So many colleagues called by one note.
pub(crate) fn mention_count(count: usize) -> Result<(), Refused> {
    no_more_than("mentions", count, limit::MENTIONS)
}

/// A rating's score.
pub(crate) fn score(score: u8) -> Result<u8, Refused> {
    match score {
        1..=5 => Ok(score),
        _ => Err(Refusal::InvalidField.because("score is a number from 1 to 5")),
    }
}

fn no_more_than(field: &str, count: usize, most: usize) -> Result<(), Refused> {
    if count > most {
        return Err(
            Refusal::InvalidField.because(format!("{field} has {count} entries, the limit is {most}"))
        );
    }
    Ok(())
}

/// Is there room for one more? `what` names them in the refusal.
pub(crate) fn room(count: u64, most: u64, what: &str) -> Result<(), Refused> {
    if count >= most {
        return Err(Refusal::InvalidField.because(format!("the limit is {most} {what}")));
    }
    Ok(())
}

/// Why somebody is blocked: for colleagues, and may be empty.
pub(crate) fn reason(text: &str) -> Result<String, Refused> {
    at_most("reason", text.chars().count(), limit::REASON_CHARS)?;
    Ok(text.replace(unwanted, ""))
}

/// An IP address or a network, as it is compared: host bits are dropped, one address is a network of its own.
pub(crate) fn network(text: &str) -> Result<String, Refused> {
    let text = text.trim();
    let network = text.parse::<ipnet::IpNet>().ok();
    let network = network.or_else(|| text.parse::<std::net::IpAddr>().ok().map(ipnet::IpNet::from));
    // Everything: nobody could take such a block away again.
    let network = network.filter(|network| network.prefix_len() > 0);
    let wrong =
        || Refusal::InvalidField.because("value is not an IP address or network such as 203.0.113.0/24");
    network.map(|network| network.trunc().to_string()).ok_or_else(wrong)
}

/// A widget's behaviour, within bounds.
pub(crate) fn widget_settings(settings: WidgetSettings) -> Result<WidgetSettings, Refused> {
    no_more_than("uploads.types", settings.uploads.types.len(), limit::UPLOAD_TYPES)?;
    if settings.uploads.max_bytes > limit::FILE_BYTES {
        let most = limit::FILE_BYTES;
        return Err(Refusal::InvalidField.because(format!("uploads.max_bytes is at most {most}")));
    }
    if settings.retention_days == Some(0) {
        return Err(Refusal::InvalidField.because("retention_days is at least 1"));
    }
    settings.hours.as_ref().map(Hours::read).transpose()?;
    let away_text = maybe_text("away_text", settings.away_text.as_deref(), limit::AWAY_TEXT_CHARS)?;
    let consent = maybe_text("consent", settings.consent.as_deref(), limit::CONSENT_CHARS)?;
    let mut pre_chat = Vec::new();
    for field in &settings.pre_chat {
        if !pre_chat.contains(field) {
            pre_chat.push(*field);
        }
    }
    let escalation = escalation(settings.escalation)?;
    Ok(WidgetSettings { away_text, pre_chat, consent, escalation, ..settings })
}

/// A ladder as an owner may set it: its steps in the order of their times, no way twice.
pub(crate) fn escalation(escalation: Escalation) -> Result<Escalation, Refused> {
    let no = |why: String| Refusal::InvalidField.because(why);
    let Escalation { mut steps } = escalation;
    no_more_than("escalation.steps", steps.len(), limit::ESCALATION_STEPS)?;
    for step in &mut steps {
        step.ways.sort();
        step.ways.dedup();
        if step.ways.is_empty() {
            return Err(no("escalation.steps: each step needs at least one way".to_owned()));
        }
        if step.after_s > limit::ESCALATION_AFTER_S {
            return Err(no(format!("escalation.steps: after_s is at most {}", limit::ESCALATION_AFTER_S)));
        }
    }
    steps.sort_by_key(|step| step.after_s);
    Ok(Escalation { steps })
}

/// What visitors read, where an owner wrote anything.
fn maybe_text(field: &str, text: Option<&str>, most: usize) -> Result<Option<String>, Refused> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    at_most(field, text.chars().count(), most)?;
    Ok(Some(text.replace(unwanted, "")))
}

/// What a website says of a person. What is blank is not said.
pub(crate) fn profile(profile: Profile) -> Result<Profile, Refused> {
    let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    Ok(Profile {
        name: said(profile.name).map(|text| name("name", &text)).transpose()?,
        email: said(profile.email).map(|text| email(&text)).transpose()?,
        phone: said(profile.phone).map(|text| phone(&text)).transpose()?,
        attributes: profile.attributes.map(attributes).transpose()?,
    })
}

/// A telephone number, as people write it.
pub(crate) fn phone(phone: &str) -> Result<String, Refused> {
    let phone = phone.replace(char::is_control, " ").trim().to_owned();
    at_most("phone", phone.chars().count(), limit::PHONE_CHARS)?;
    Ok(phone)
}

/// What else is known of a person, within bounds.
pub(crate) fn attributes(attributes: Attributes) -> Result<Attributes, Refused> {
    if attributes.len() > limit::ATTRIBUTES {
        let most = limit::ATTRIBUTES;
        return Err(Refusal::InvalidField.because(format!("attributes has more than {most} entries")));
    }
    for (name, value) in &attributes {
        at_most("an attribute's name", name.chars().count(), limit::ATTRIBUTE_NAME_CHARS)?;
        if let Attribute::Text(text) = value {
            at_most("an attribute", text.chars().count(), limit::ATTRIBUTE_TEXT_CHARS)?;
        }
        let text = if let Attribute::Text(text) = value { text.as_str() } else { "" };
        if name.is_empty() || [name, text].iter().any(|part| part.contains(unwanted)) {
            return Err(Refusal::InvalidField.because("attributes have names, and no control characters"));
        }
    }
    Ok(attributes)
}

/// A change that is meant for one state of a resource must find it in that state (`If-Match`).
pub(crate) fn is_unchanged<T: serde::Serialize>(now: &T, if_match: Option<&str>) -> Result<(), Refused> {
    if if_match.is_some() { has_tag(&wire::tag::of(now), if_match) } else { Ok(()) }
}

/// The same for a conversation, whose tag is the agents' counter (ruling 1).
pub(crate) fn is_at(seq: u64, if_match: Option<&str>) -> Result<(), Refused> {
    has_tag(&format!("\"{seq}\""), if_match)
}

fn has_tag(now: &str, if_match: Option<&str>) -> Result<(), Refused> {
    match if_match {
        Some(tags) if !tags.split(',').any(|tag| tag.trim() == now) => {
            Err(Refusal::PreconditionFailed.into())
        }
        Some(_) | None => Ok(()),
    }
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
