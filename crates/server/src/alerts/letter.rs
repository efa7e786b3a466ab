//! How an alert reads: its two lines in a push, and the mail to an agent with a link to the conversation.
//! Knows nothing of how either is sent.

use crate::mail::{MailSettings, escape, one_line};
use anyhow::Result;
use chat::DueAlert;
use lettre::message::{Mailbox, Message, MultiPart};
use wire::alert::AlertKind;

/// Who it is about, and what.
pub(super) fn words(alert: &DueAlert) -> (String, String) {
    let visitor = &alert.visitor_name;
    match (&alert.caller, alert.kind) {
        (Some(caller), AlertKind::Mention) => {
            (caller.clone(), format!("Calls you in a note. The conversation is with {visitor}."))
        }
        (Some(caller), AlertKind::Mine | AlertKind::Unassigned) if caller.is_empty() => {
            (visitor.clone(), "This conversation was given to you.".to_owned())
        }
        (Some(caller), AlertKind::Mine | AlertKind::Unassigned) => {
            (caller.clone(), format!("Gave you the conversation with {visitor}."))
        }
        (None, _) => {
            let waits = || format!("Waits for an answer at {}.", alert.widget_name);
            (visitor.clone(), alert.words.clone().filter(|words| !words.is_empty()).unwrap_or_else(waits))
        }
    }
}

/// The mail of an alert; `home`: where the console is.
pub(super) fn compose(mail: &MailSettings, alert: &DueAlert, home: &str) -> Result<Message> {
    let (title, text) = words(alert);
    let link = format!("{home}/#/c/{}", alert.conversation_id);
    let (subject, lead) = match alert.caller {
        Some(_) => (format!("{title}: {text}"), format!("{title}: {text}")),
        None => (
            format!("{title} waits for an answer"),
            format!("{title} waits for an answer at {}.", alert.widget_name),
        ),
    };
    let said = if alert.caller.is_none() { alert.words.as_deref() } else { None };
    let letter =
        Letter { name: &alert.agent_name, to: &alert.to, subject: &subject, lead: &lead, said, link: &link };
    letter.message(mail)
}

/// A mail that only proves that mails arrive.
pub(super) fn test(mail: &MailSettings, name: &str, to: &str, home: &str) -> Result<Message> {
    let link = format!("{home}/#/settings/alerts");
    let (subject, lead) =
        ("Alerts by mail arrive", "You asked for this mail to see whether alerts reach you.");
    Letter { name, to, subject, lead, said: None, link: &link }.message(mail)
}

struct Letter<'a> {
    name: &'a str,
    to: &'a str,
    subject: &'a str,
    lead: &'a str,
    /// What the visitor wrote.
    said: Option<&'a str>,
    link: &'a str,
}

/// Under every mail.
const WHY: &str = "You get this mail because alerts by mail are switched on for you: Settings, Alerts.";

impl Letter<'_> {
    fn message(&self, mail: &MailSettings) -> Result<Message> {
        let to = Mailbox::new(Some(one_line(self.name)), self.to.parse()?);
        let parts = MultiPart::alternative_plain_html(self.plain(), self.html());
        Ok(mail.letter(to, self.subject).multipart(parts)?)
    }

    fn plain(&self) -> String {
        let said = self.said.map(|said| format!("{said}\n\n")).unwrap_or_default();
        format!("{}\n\n{said}Open it: {}\n\n{WHY}\n", self.lead, self.link)
    }

    fn html(&self) -> String {
        let said =
            self.said.map(|said| format!("<blockquote>{}</blockquote>", escape(said).replace('\n', "<br>")));
        format!(
            "<!doctype html><html><body><p>{}</p>{}<p><a href=\"{}\">Open it</a></p><p><small>{WHY}</small></p>\
             </body></html>",
            escape(self.lead),
            said.unwrap_or_default(),
            escape(self.link)
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use wire::alert::Way;

    fn alert(caller: Option<&str>, words: Option<&str>) -> DueAlert {
        DueAlert {
            id: "alt_1".into(),
            kind: AlertKind::Mine,
            way: Way::Mail,
            conversation_id: "cnv_1".into(),
            agent_name: "Ben".into(),
            to: "ben@desk.example".into(),
            subscription: None,
            visitor_name: "Ana\r\nBcc: eve@home.example".into(),
            widget_name: "Shop".into(),
            caller: caller.map(str::to_owned),
            words: words.map(str::to_owned),
            attempts: 1,
            give_up_ms: 0,
        }
    }

    fn text(alert: &DueAlert) -> String {
        let env = [
            ("FRONTDESK_SMTP_URL", "smtp://127.0.0.1:25"),
            ("FRONTDESK_MAIL_FROM", "Shop <chat@shop.example>"),
        ];
        let get = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, value)| value.to_string());
        let mail = MailSettings::gather(&get).unwrap().unwrap();
        String::from_utf8(compose(&mail, alert, "https://desk.example").unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_mail_to_an_agent_has_a_link_no_markup_of_others_and_no_headers_of_theirs() {
        // Quoted-printable may break a line anywhere.
        let text = text(&alert(None, Some("<script>"))).replace("=\r\n", "");
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{head}");
        assert!(body.contains("https://desk.example/#/c/cnv_1"), "{body}");
        assert!(body.contains("&lt;script&gt;"), "{body}");
        assert!(!body.split("text/html").nth(1).unwrap().contains("<script>"), "{body}");
    }

    #[test]
    fn what_is_hidden_or_a_call_says_no_words_of_the_visitor() {
        assert_eq!(words(&alert(None, None)).1, "Waits for an answer at Shop.");
        let (title, text) = words(&alert(Some("Carol"), Some("my card number")));
        assert!(title == "Carol" && text.starts_with("Gave you") && !text.contains("card"), "{text}");
    }
}
