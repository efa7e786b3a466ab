//! Answers that wait to be mailed: which conversation has one that its visitor has not read, what goes into
//! the mail, and the code that lets its reader back in. Knows no mail server, and not how a mail looks.
//!
//! A row is written with the answer, in its transaction, and goes when the visitor reads. Whoever sends claims
//! it first, and says after that it was sent: only a server that dies between the mail server's word and its own
//! commit sends the same mail twice.

use crate::conversation::Conversation;
use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, values};
use crate::people::Visitor;
use crate::{Answer, Chat, secret, session};
use wire::{Refusal, Refused, limit};

/// How codes begin that a session made for a window, and not a mail.
const POPOUT: &str = "fdp_";

statements! {
    MAILED_MS = both("SELECT mailed_ms FROM conversations WHERE id = ?1");
    WAIT = both(
        "INSERT INTO mails (conversation_id, visitor_id, due_ms, give_up_ms) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (conversation_id) DO NOTHING",
    );
    SEEN_ALL = both(
        "DELETE FROM mails WHERE conversation_id = ?1 AND NOT EXISTS (SELECT 1 FROM facts f \
         JOIN messages m ON m.id = f.message_id WHERE f.conversation_id = ?1 AND f.seq > ?2 AND f.visitor_seq > ?2 \
         AND m.sender_kind = 'agent' AND m.deleted_ms IS NULL)",
    );
    FORGET = both("DELETE FROM mails WHERE conversation_id = ?1");
    ANY_DUE = both("SELECT 1 FROM mails WHERE due_ms <= ?1 AND claimed_ms <= ?1 LIMIT 1");
    DUE = both(
        "SELECT conversation_id FROM mails WHERE due_ms <= ?1 AND claimed_ms <= ?1 ORDER BY due_ms, conversation_id LIMIT ?2",
    );
    CLAIM = both(
        "UPDATE mails SET claimed_ms = ?3, attempts = attempts + 1 WHERE conversation_id = ?1 AND claimed_ms <= ?2 \
         RETURNING visitor_id, attempts, give_up_ms",
    );
    LET_GO = both("UPDATE mails SET claimed_ms = 0 WHERE claimed_ms > 0");
    LATER = both("UPDATE mails SET due_ms = ?2, claimed_ms = 0 WHERE conversation_id = ?1");
    ANEW = both(
        "UPDATE mails SET due_ms = ?2, give_up_ms = ?3, claimed_ms = 0, attempts = 0 WHERE conversation_id = ?1",
    );
    ADDRESS = both(
        "SELECT v.email, v.name, w.id, w.name, w.origins FROM visitors v JOIN widgets w ON w.id = v.widget_id \
         WHERE v.id = ?1 AND v.email IS NOT NULL",
    );
    // What they have read or been mailed, and where they last wrote: who writes has seen what stands above.
    SEEN = both(
        "SELECT c.mailed_visitor_seq, \
         COALESCE((SELECT MAX(p.read_visitor_seq) FROM participants p WHERE p.conversation_id = c.id AND p.kind = 'visitor'), 0), \
         COALESCE((SELECT MAX(m.visitor_seq) FROM messages m WHERE m.conversation_id = c.id AND m.sender_kind = 'visitor'), 0) \
         FROM conversations c WHERE c.id = ?1",
    );
    // Notes have no visitor_seq.
    UNREAD = both(
        "SELECT f.visitor_seq, m.sender_name, m.body FROM facts f JOIN messages m ON m.id = f.message_id \
         WHERE f.conversation_id = ?1 AND f.seq > ?2 AND f.visitor_seq > ?2 \
         AND m.sender_kind = 'agent' AND m.deleted_ms IS NULL ORDER BY f.seq DESC LIMIT ?3",
    );
    MAILED = both("UPDATE conversations SET mailed_visitor_seq = ?2, mailed_ms = ?3 WHERE id = ?1");
    ADD_CODE = both("INSERT INTO mail_codes (code_hash, visitor_id, expires_ms) VALUES (?1, ?2, ?3)");
    END_CODES = both("DELETE FROM mail_codes WHERE expires_ms <= ?1");
    USE_CODE = both(
        "DELETE FROM mail_codes WHERE code_hash = ?1 AND expires_ms > ?3 \
         AND visitor_id IN (SELECT id FROM visitors WHERE widget_id = ?2) RETURNING visitor_id",
    );
    ADD_SECRET = both("INSERT INTO mail_secrets (secret_hash, visitor_id) VALUES (?1, ?2)");
    FORGET_CODES_OF = both("DELETE FROM mail_codes WHERE visitor_id = ?1");
    FORGET_SECRETS_OF = both("DELETE FROM mail_secrets WHERE visitor_id = ?1");
    FORGET_MAILS_OF = both("DELETE FROM mails WHERE visitor_id = ?1");
}

/// An answer that the visitor has not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The agent's name.
    pub sender_name: String,
    /// What they wrote.
    pub text: String,
}

/// A mail to send now, claimed for whoever got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueMail {
    /// `cnv_…`.
    pub conversation_id: String,
    /// The address that the visitor left.
    pub to: String,
    /// What they call themselves.
    pub visitor_name: Option<String>,
    /// `wgt_…`.
    pub widget_id: String,
    /// The widget's name.
    pub widget_name: String,
    /// Where the widget may be embedded.
    pub origins: Vec<String>,
    /// Oldest first, at least one.
    pub messages: Vec<Unread>,
    /// The visitors' counter at the last of them.
    pub up_to: u64,
    /// Lets whoever reads the mail back in.
    pub code: String,
    /// How often it was tried, with this time.
    pub attempts: u64,
    /// When to give up.
    pub give_up_ms: u64,
}

impl Chat {
    /// From now on, answers that are unread for so long are mailed. Without it none waits for it.
    pub fn mail_after(&self, after_ms: u64) {
        // Set once, at start.
        let _ = self.mail_after_ms.set(after_ms);
    }

    /// Mails whose time has come, each claimed for the caller alone for [`limit::MAIL_CLAIM_S`].
    pub async fn due_mails(&self, now_ms: u64) -> Answer<Vec<DueMail>> {
        let any = move |tx: &mut Tx<'_>| Ok(tx.one(&ANY_DUE, values![now_ms])?.is_some());
        // Asked every second: most often there is none, and no commit.
        if !self.db.read(any).await? {
            return Ok(Vec::new());
        }
        let claim = move |tx: &mut Tx<'_>| {
            let due = tx.all(&DUE, values![now_ms, limit::MAILS_AT_ONCE])?;
            let mut mails = Vec::new();
            for mut row in due {
                mails.extend(claim(tx, &row.text(0), now_ms)?);
            }
            Ok(mails)
        };
        self.db.write(claim).await
    }

    /// The mail was sent. What was said meanwhile waits for its own.
    pub async fn mailed(&self, mail: &DueMail, now_ms: u64) -> Answer<()> {
        let (id, up_to) = (mail.conversation_id.clone(), mail.up_to);
        let note = move |tx: &mut Tx<'_>| {
            // Nobody answers meanwhile.
            if Conversation::lock(tx, &id)?.is_none() {
                return Ok(());
            }
            tx.run(&MAILED, values![&id, up_to, now_ms])?;
            if unread(tx, &id)?.is_empty() {
                tx.run(&FORGET, values![&id])?;
            } else {
                let due_ms = now_ms + limit::MAIL_INTERVAL_S * 1_000;
                tx.run(&ANEW, values![&id, due_ms, due_ms + limit::MAIL_RETRY_S * 1_000])?;
            }
            Ok(())
        };
        self.db.write(note).await
    }

    /// The mail was not sent: to be tried at `due_ms`, or never (`None`).
    pub async fn mail_failed(&self, mail: &DueMail, due_ms: Option<u64>) -> Answer<()> {
        let id = mail.conversation_id.clone();
        let note = move |tx: &mut Tx<'_>| {
            match due_ms {
                Some(due_ms) => tx.run(&LATER, values![&id, due_ms])?,
                None => tx.run(&FORGET, values![&id])?,
            };
            Ok(())
        };
        self.db.write(note).await
    }

    /// Claims of a process before this one are void. Only where no other server is on this database.
    pub async fn let_go_of_mails(&self) -> Answer<()> {
        self.db.write(|tx| tx.run(&LET_GO, &[]).map(|_| ())).await
    }
}

/// An answer was written that the visitor has not read. The first unread one says when.
pub(crate) fn wait(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    after_ms: u64,
    now_ms: u64,
) -> Result<(), Refused> {
    let mut row = tx.one(&MAILED_MS, values![&conversation.id])?.ok_or(Refusal::Internal)?;
    let due_ms = (now_ms + after_ms).max(row.number(0) + limit::MAIL_INTERVAL_S * 1_000);
    let give_up_ms = due_ms + limit::MAIL_RETRY_S * 1_000;
    tx.run(&WAIT, values![&conversation.id, &conversation.visitor.id, due_ms, give_up_ms]).map(|_| ())
}

/// The visitor has read up to here.
pub(crate) fn seen(tx: &mut Tx<'_>, conversation_id: &str, read_visitor_seq: u64) -> Result<(), Refused> {
    tx.run(&SEEN_ALL, values![conversation_id, read_visitor_seq]).map(|_| ())
}

/// The conversation is being erased.
pub(crate) fn forget(tx: &mut Tx<'_>, conversation_id: &str) -> Result<(), Refused> {
    tx.run(&FORGET, values![conversation_id]).map(|_| ())
}

/// The visitor signs out, or is erased: no link opens anything any more, and nothing is sent to them.
pub(crate) fn sign_out(tx: &mut Tx<'_>, visitor_id: &str) -> Result<(), Refused> {
    tx.run(&FORGET_CODES_OF, values![visitor_id])?;
    tx.run(&FORGET_SECRETS_OF, values![visitor_id])?;
    tx.run(&FORGET_MAILS_OF, values![visitor_id]).map(|_| ())
}

/// The visitor whom this code was sent to, with a secret of their own for the device it was opened on;
/// [`Refusal::MailLinkInvalid`] for one that was used, is over, or was never made.
pub(crate) fn enter(
    tx: &mut Tx<'_>,
    widget_id: &str,
    code: &str,
    now_ms: u64,
) -> Result<(String, String), Refused> {
    let used = tx.one(&USE_CODE, values![&secret::hash(code), widget_id, now_ms])?;
    let visitor_id = used.ok_or(Refusal::MailLinkInvalid)?.text(0);
    let secret = secret::token("fds_");
    tx.run(&ADD_SECRET, values![&secret::hash(&secret), &visitor_id])?;
    Ok((visitor_id, secret))
}

/// A code that lets the visitor in once more, once and not for long.
fn link_code(tx: &mut Tx<'_>, visitor_id: &str, now_ms: u64) -> Result<String, Refused> {
    let code = secret::token("fdm_");
    add_code(tx, visitor_id, &code, now_ms, limit::MAIL_LINK_S)?;
    Ok(code)
}

/// The same for a window of our own. Names the end of the session that asks, and is kept as a whole, hashed:
/// whoever holds it can make no later end of it.
pub(crate) fn popout_code(tx: &mut Tx<'_>, visitor: &Visitor, now_ms: u64) -> Result<String, Refused> {
    let until_ms = session::end_of(tx, &visitor.session_id)?.ok_or(Refusal::SessionExpired)?;
    let code = format!("{}.{until_ms}", secret::token(POPOUT));
    add_code(tx, &visitor.id, &code, now_ms, limit::POPOUT_CODE_S)?;
    Ok(code)
}

/// When the session ends that made this code; `None` for one from a mail.
pub(crate) fn until_ms(code: &str) -> Option<u64> {
    code.strip_prefix(POPOUT)?.rsplit_once('.')?.1.parse().ok()
}

fn add_code(tx: &mut Tx<'_>, visitor_id: &str, code: &str, now_ms: u64, for_s: u64) -> Result<(), Refused> {
    tx.run(&END_CODES, values![now_ms])?;
    tx.run(&ADD_CODE, values![&secret::hash(code), visitor_id, now_ms + for_s * 1_000]).map(|_| ())
}

/// Claims one and puts it together; `None`: there is nothing to send any more, or somebody else does.
fn claim(tx: &mut Tx<'_>, id: &str, now_ms: u64) -> Result<Option<DueMail>, Refused> {
    let until_ms = now_ms + limit::MAIL_CLAIM_S * 1_000;
    let Some(mut row) = tx.one(&CLAIM, values![id, now_ms, until_ms])? else { return Ok(None) };
    let (visitor_id, attempts, give_up_ms) = (row.text(0), row.number(1), row.number(2));
    let address = tx.one(&ADDRESS, values![&visitor_id])?;
    let unread = unread(tx, id)?;
    let (Some(mut address), Some((up_to, _))) = (address, unread.last()) else {
        return tx.run(&FORGET, values![id]).map(|_| None);
    };
    let up_to = *up_to;
    let code = link_code(tx, &visitor_id, now_ms)?;
    Ok(Some(DueMail {
        conversation_id: id.to_owned(),
        to: address.text(0),
        visitor_name: address.maybe_text(1),
        widget_id: address.text(2),
        widget_name: address.text(3),
        origins: address.json(4)?,
        messages: unread.into_iter().map(|(_, message)| message).collect(),
        up_to,
        code,
        attempts,
        give_up_ms,
    }))
}

/// Answers that were neither read nor mailed, oldest first, with their place in the visitors' counter.
fn unread(tx: &mut Tx<'_>, id: &str) -> Result<Vec<(u64, Unread)>, Refused> {
    let Some(mut row) = tx.one(&SEEN, values![id])? else { return Ok(Vec::new()) };
    let seen = row.number(0).max(row.number(1)).max(row.number(2));
    let message = |mut row: Row| (row.number(0), Unread { sender_name: row.text(1), text: row.text(2) });
    let rows = tx.all(&UNREAD, values![id, seen, limit::MAIL_MESSAGES])?;
    Ok(rows.into_iter().rev().map(message).collect())
}
