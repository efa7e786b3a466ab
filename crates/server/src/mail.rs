//! Mails unread answers to visitors who left an address. Decides how a mail looks, when a failure is tried
//! again, and which of several servers sends; what is due is the chat's to say.

use crate::desk::{Desk, now_ms};
use crate::secrets::random_word;
use crate::settings::Settings;
use anyhow::{Context, Result};
use chat::DueMail;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MessageBuilder, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::sync::Arc;
use std::time::Duration;
use wire::limit;
use wire::monitor::QueueKind;

/// The lease's name.
const OFFICE: &str = "mail";
/// For how long one server sends for all on this database.
const LEASE_MS: u64 = 15_000;
/// Seconds before the second attempt; each further one waits twice as long, up to [`RETRY_MAX_S`].
const RETRY_S: u64 = 30;
const RETRY_MAX_S: u64 = 3_600;

/// Where mails go and how soon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSettings {
    /// `smtp://` or `smtps://`, with name and password where the server wants them.
    pub smtp_url: String,
    /// The sender.
    pub from: Mailbox,
    /// Seconds for which an answer may be unread.
    pub after_s: u64,
}

impl MailSettings {
    /// `None` without `FRONTDESK_SMTP_URL`: no mails are sent.
    ///
    /// # Errors
    /// One sentence that names the setting, and never its value.
    pub fn gather(get: &impl Fn(&str) -> Option<String>) -> Result<Option<MailSettings>> {
        let Some(smtp_url) = get("FRONTDESK_SMTP_URL") else { return Ok(None) };
        transport(&smtp_url)?;
        let from = get("FRONTDESK_MAIL_FROM").context("FRONTDESK_SMTP_URL needs FRONTDESK_MAIL_FROM")?;
        let from = from
            .parse()
            .ok()
            .context("FRONTDESK_MAIL_FROM is not an address such as Shop <chat@shop.example>")?;
        let after_s = get("FRONTDESK_MAIL_AFTER_S").map(|text| text.parse()).transpose();
        let after_s = after_s.ok().context("FRONTDESK_MAIL_AFTER_S is not a number of seconds")?;
        Ok(Some(MailSettings { smtp_url, from, after_s: after_s.unwrap_or(limit::MAIL_AFTER_S) }))
    }
}

/// Why a mail was not taken.
pub(crate) enum NotTaken {
    /// Not as it is, for this reason in plain words.
    Never(String),
    /// Not now.
    Later(String),
}

impl NotTaken {
    /// The same in plain words. Whatever else the mail server said may hold the address.
    fn new(error: &lettre::transport::smtp::Error) -> NotTaken {
        let why = match error.status() {
            Some(code) => format!("The mail server said no: {code}."),
            None => "The mail server could not be reached.".to_owned(),
        };
        if error.is_permanent() { NotTaken::Never(why) } else { NotTaken::Later(why) }
    }

    pub(crate) fn why(self) -> String {
        match self {
            NotTaken::Never(why) | NotTaken::Later(why) => why,
        }
    }
}

impl MailSettings {
    /// A mail by us. RFC 3834: no robot answers it, no notice of absence.
    pub(crate) fn letter(&self, to: Mailbox, subject: &str) -> MessageBuilder {
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        let by_a_machine = HeaderValue::new(name, "auto-generated".to_owned());
        Message::builder().from(self.from.clone()).to(to).subject(one_line(subject)).raw_header(by_a_machine)
    }

    /// Sends one mail, now.
    pub(crate) async fn send(&self, message: Message) -> Result<(), NotTaken> {
        // Its address was looked at when the settings were gathered.
        let transport = transport(&self.smtp_url).map_err(|error| NotTaken::Never(error.to_string()))?;
        transport.send(message).await.map(|_| ()).map_err(|error| NotTaken::new(&error))
    }
}

type Transport = AsyncSmtpTransport<Tokio1Executor>;

fn transport(url: &str) -> Result<Transport> {
    let wrong = "FRONTDESK_SMTP_URL is not an address such as smtps://name:password@mail.example";
    let transport = Transport::from_url(url).ok().context(wrong)?;
    Ok(transport.timeout(Some(Duration::from_secs(limit::MAIL_SERVER_S))).build())
}

/// Does the mail server answer, and take the name and password?
///
/// # Errors
/// What it said.
pub(crate) async fn greet(mail: &MailSettings) -> Result<bool> {
    Ok(transport(&mail.smtp_url)?.test_connection().await?)
}

/// Sends what is due until the server ends.
pub(crate) async fn keep(desk: Arc<Desk>, mail: MailSettings) {
    let holder = random_word(16);
    let shared = desk.settings.database_url.is_some();
    if !shared && desk.chat.let_go_of_mails().await.is_err() {
        tracing::warn!("mails that a process before this one was sending wait for some minutes");
    }
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    loop {
        tick.tick().await;
        let now = now_ms();
        let mine = !shared || desk.chat.lease(OFFICE, &holder, now, now + LEASE_MS).await.unwrap_or(false);
        if !mine {
            continue;
        }
        match desk.chat.due_mails(now).await {
            Ok(due) => {
                for due in due {
                    send(&desk, &mail, &due).await;
                }
            }
            Err(refused) => tracing::warn!(reason = refused.refusal.row().name, "mails are put off"),
        }
    }
}

/// Sends one and says what came of it. The log names the conversation, never whom it is with.
async fn send(desk: &Desk, mail: &MailSettings, due: &DueMail) {
    let conversation = due.conversation_id.as_str();
    let link = link(&desk.settings, due);
    let noted = match compose(mail, due, &link) {
        Err(_) => {
            tracing::warn!(conversation, "an answer cannot be mailed: the visitor's address is none");
            desk.monitor.troubles.note(QueueKind::Mail, "A visitor's address is none.");
            desk.chat.mail_failed(due, None).await
        }
        Ok(message) => match mail.send(message).await {
            Ok(()) => desk.chat.mailed(due, now_ms()).await,
            Err(no) => {
                let next_ms = now_ms() + retry_s(due.attempts, RETRY_S, RETRY_MAX_S) * 1_000;
                let again = matches!(no, NotTaken::Later(_)) && next_ms < due.give_up_ms;
                let why = no.why();
                desk.monitor.troubles.note(QueueKind::Mail, &why);
                tracing::warn!(conversation, why, again, attempts = due.attempts, "an answer was not mailed");
                desk.chat.mail_failed(due, again.then_some(next_ms)).await
            }
        },
    };
    if let Err(refused) = noted {
        tracing::error!(
            conversation,
            reason = refused.refusal.row().name,
            "what came of a mail was not noted"
        );
    }
}

/// Mails an invitation to the team, once: whoever invited has the link too. Did the mail server take it?
pub(crate) async fn invite(mail: &MailSettings, to: &str, by: &str, link: &str) -> bool {
    let compose = || {
        let text = format!(
            "{} invites you to answer visitors together.\n\nJoin here: {link}\n\nThe link works once, for 7 days.\n",
            one_line(by)
        );
        let to = Mailbox::new(None, to.parse()?);
        anyhow::Ok(mail.letter(to, &format!("{by} invites you to Frontdesk")).body(text)?)
    };
    let taken = match compose() {
        Ok(message) => mail.send(message).await.is_ok(),
        Err(_) => false,
    };
    if !taken {
        tracing::warn!("an invitation was not mailed");
    }
    taken
}

/// Seconds until it is tried again after so many attempts: `first_s`, doubled each time, up to `most_s`.
pub(crate) fn retry_s(attempts: u64, first_s: u64, most_s: u64) -> u64 {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    first_s.saturating_mul(2_u64.pow(doublings)).min(most_s)
}

/// Where the console is.
pub(crate) fn home(settings: &Settings) -> String {
    match &settings.public {
        Some(public) => public.origin(),
        None => format!("{}://localhost:{}", settings.scheme(), settings.port),
    }
}

/// Where the conversation goes on. The code stands in the fragment, which no server on the way is sent.
fn link(settings: &Settings, due: &DueMail) -> String {
    let own = || home(settings);
    let page = due.origins.iter().find(|origin| !origin.contains('*')).cloned().unwrap_or_else(own);
    format!("{page}/#frontdesk={}", due.code)
}

/// The mail. Its id says which answers it holds, so that one sent twice is known for the same; all mails of
/// a conversation refer to one that was never sent, which makes them a thread.
fn compose(mail: &MailSettings, due: &DueMail, link: &str) -> Result<Message> {
    let domain = mail.from.email.domain();
    let (conversation, thread) = (&due.conversation_id, format!("<{}@{domain}>", due.conversation_id));
    let name = due.visitor_name.as_deref().map(one_line);
    let to = Mailbox::new(name, due.to.parse()?);
    let message = mail
        .letter(to, &format!("An answer from {}", due.widget_name))
        .message_id(Some(format!("<{conversation}.{}@{domain}>", due.up_to)))
        .in_reply_to(thread.clone())
        .references(thread)
        .multipart(MultiPart::alternative_plain_html(plain(due, link), html(due, link)))?;
    Ok(message)
}

pub(crate) fn one_line(text: &str) -> String {
    text.split(char::is_control).collect::<Vec<_>>().join(" ")
}

fn plain(due: &DueMail, link: &str) -> String {
    let said: String = due
        .messages
        .iter()
        .map(|message| format!("{} wrote:\n{}\n\n", message.sender_name, message.text))
        .collect();
    format!(
        "{said}Read and answer: {link}\n\nThe link works once, for 7 days, and opens this conversation.\n"
    )
}

fn html(due: &DueMail, link: &str) -> String {
    let said: String = due
        .messages
        .iter()
        .map(|message| {
            let text = escape(&message.text).replace('\n', "<br>");
            format!("<p><b>{}</b><br>{text}</p>", escape(&message.sender_name))
        })
        .collect();
    let link = escape(link);
    format!(
        "<!doctype html><html><body>{said}<p><a href=\"{link}\">Read and answer</a></p>\
         <p>The link works once, for 7 days, and opens this conversation.</p></body></html>"
    )
}

/// Text as HTML.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use chat::Unread;

    fn due(name: &str, text: &str) -> DueMail {
        DueMail {
            conversation_id: "cnv_1".into(),
            to: "ana@home.example".into(),
            visitor_name: Some(name.into()),
            widget_id: "wgt_1".into(),
            widget_name: "Shop\r\nBcc: all@home.example".into(),
            origins: Vec::new(),
            messages: vec![Unread { sender_name: name.into(), text: text.into() }],
            up_to: 7,
            code: "fdm_x".into(),
            attempts: 1,
            give_up_ms: 0,
        }
    }

    #[test]
    fn names_add_no_headers_and_texts_no_markup() {
        let env = [
            ("FRONTDESK_SMTP_URL", "smtp://127.0.0.1:25"),
            ("FRONTDESK_MAIL_FROM", "Shop <chat@shop.example>"),
        ];
        let get = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, value)| value.to_string());
        let mail = MailSettings::gather(&get).unwrap().unwrap();
        let due = due("Ana\r\nBcc: eve@home.example", "<script>\r\nBcc: x");
        let message = compose(&mail, &due, "https://shop.example/#frontdesk=fdm_x").unwrap();
        let recipients: Vec<_> = message.envelope().to().iter().map(ToString::to_string).collect();
        assert_eq!(recipients, ["ana@home.example"]);
        let text = String::from_utf8(message.formatted()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.to_lowercase().starts_with("bcc")), "{head}");
        for header in [
            "Auto-Submitted: auto-generated",
            "Message-ID: <cnv_1.7@shop.example>",
            "In-Reply-To: <cnv_1@shop.example>",
        ] {
            assert!(head.contains(header), "{head}");
        }
        assert!(body.contains("&lt;script&gt;"), "{body}");
        assert!(body.find("text/plain").unwrap() < body.find("text/html").unwrap());
    }

    #[test]
    fn attempts_become_rarer() {
        assert_eq!(
            [1, 2, 3, 100].map(|attempts| retry_s(attempts, RETRY_S, RETRY_MAX_S)),
            [30, 60, 120, 3_600]
        );
    }
}
