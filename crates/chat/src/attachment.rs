//! Files that belong to a conversation and to whoever uploads them: begun, taken in parts, kept, attached
//! to one message, and dropped when no message has them after a day. Knows nothing of where bytes are.

use crate::access::{self, Purpose};
use crate::conversation::Conversation;
use crate::db::sql::{both, statements};
use crate::db::{Row, Tx, json, values};
use crate::people::{Agent, Visitor};
use crate::{Answer, Chat, check, secret, widget};
use wire::api::UploadRules;
use wire::event::SenderType;
use wire::file::{Attachment, BeginUpload, File};
use wire::{Refusal, Refused, limit};

/// Columns of an upload, in the order [`Upload::from_row`] takes them.
macro_rules! upload_columns {
    () => {
        "a.state, a.bytes, a.received, a.thumbnail_type, a.file, a.conversation_id, a.uploader_kind"
    };
}

statements! {
    ADD = both(
        "INSERT INTO attachments (id, conversation_id, uploader_kind, uploader_id, state, bytes, file, created_ms) \
         VALUES (?1, ?2, ?3, ?4, 'coming', ?5, ?6, ?7)",
    );
    OF_UPLOADER = both(concat!(
        "SELECT ", upload_columns!(), " FROM attachments a \
         WHERE a.id = ?1 AND a.uploader_kind = ?2 AND a.uploader_id = ?3",
    ));
    KEPT = both(concat!("SELECT ", upload_columns!(), " FROM attachments a WHERE a.id = ?1 AND a.state = 'kept'"));
    ADVANCE = both(
        "UPDATE attachments SET received = ?3 WHERE id = ?1 AND received = ?2 AND state = 'coming'",
    );
    KEEP = both(
        "UPDATE attachments SET state = 'kept', bytes = ?2, thumbnail_type = ?3, file = ?4 \
         WHERE id = ?1 AND state = 'coming'",
    );
    ATTACH = both(
        "UPDATE attachments SET message_id = ?2 WHERE id = ?1 AND message_id IS NULL AND state = 'kept'",
    );
    LEAVE_PARTS = both(
        "INSERT INTO attachment_remains (id, what, bytes) VALUES (?1, 'parts', ?2) ON CONFLICT (id, what) DO NOTHING",
    );
    LEAVE_ALL = both(
        "INSERT INTO attachment_remains (id, what, bytes) \
         SELECT id, 'all', received FROM attachments WHERE id = ?1 AND message_id IS NULL \
         ON CONFLICT (id, what) DO NOTHING",
    );
    LOOSE = both("SELECT id FROM attachments WHERE message_id IS NULL AND created_ms < ?1 ORDER BY created_ms LIMIT 100");
    DROP_LOOSE = both("DELETE FROM attachments WHERE id = ?1 AND message_id IS NULL");
    LEAVE_ONE = both(
        "INSERT INTO attachment_remains (id, what, bytes) \
         SELECT id, 'all', received FROM attachments WHERE id = ?1 ON CONFLICT (id, what) DO NOTHING",
    );
    REMOVE_ONE = both("DELETE FROM attachments WHERE id = ?1");
    LEAVE_OF_CONVERSATION = both(
        "INSERT INTO attachment_remains (id, what, bytes) \
         SELECT id, 'all', received FROM attachments WHERE conversation_id = ?1 ON CONFLICT (id, what) DO NOTHING",
    );
    REMOVE_OF_CONVERSATION = both("DELETE FROM attachments WHERE conversation_id = ?1");
    REMAINS = both("SELECT id, what, bytes FROM attachment_remains ORDER BY id, what LIMIT 100");
    BURY = both("DELETE FROM attachment_remains WHERE id = ?1 AND what = ?2");
}

/// Who uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploader {
    kind: SenderType,
    id: String,
}

impl From<&Visitor> for Uploader {
    fn from(visitor: &Visitor) -> Uploader {
        Uploader { kind: SenderType::Visitor, id: visitor.id.clone() }
    }
}

impl From<&Agent> for Uploader {
    fn from(agent: &Agent) -> Uploader {
        Uploader { kind: SenderType::Agent, id: agent.id.clone() }
    }
}

impl Uploader {
    /// Their conversation, or [`Refusal::UnknownConversation`].
    fn conversation(&self, tx: &mut Tx<'_>, id: &str) -> Result<Conversation, Refused> {
        match self.kind {
            SenderType::Visitor => access::of_visitor(tx, &self.id, id, Purpose::Read),
            SenderType::Agent => {
                let (found, on) = access::of_agent(tx, &self.id, id, Purpose::Read)?;
                // Who only looks on sends nothing.
                on.must_answer().map(|()| found)
            }
            SenderType::Bot | SenderType::System => Err(Refusal::UnknownConversation.into()),
        }
    }
}

/// An upload as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// What is known of the file; its media type is empty until it is kept.
    pub file: File,
    /// How many bytes have come in parts.
    pub received: u64,
    /// Are all bytes kept?
    pub is_kept: bool,
    /// Media type of the small picture.
    pub thumbnail_type: Option<String>,
    /// What may be uploaded.
    pub rules: UploadRules,
}

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// By what the bytes are.
    pub media_type: String,
    /// As they are kept.
    pub bytes: u64,
    /// Width and height of an image that can be shown.
    pub pixels: Option<(u32, u32)>,
    /// Media type of the small picture.
    pub thumbnail_type: Option<String>,
}

/// Bytes that no row needs any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remains {
    /// `att_…`.
    pub id: String,
    /// Only its parts, because it is whole; else everything.
    pub only_parts: bool,
    /// How many bytes came in parts.
    pub part_bytes: u64,
}

impl Upload {
    /// From `upload_columns!`, with the rules of its conversation's widget.
    fn from_row(tx: &mut Tx<'_>, row: &mut Row, widget_id: &str) -> Result<Upload, Refused> {
        let is_kept = row.text(0) == "kept";
        let (bytes, received, thumbnail_type) = (row.number(1), row.number(2), row.maybe_text(3));
        let file = row.json(4)?;
        let is_visitors = row.text(6) == SenderType::Visitor.as_str();
        let rules = if is_visitors { widget_rules(tx, widget_id)? } else { agents_rules() };
        Ok(Upload { file: File { bytes, ..file }, received, is_kept, thumbnail_type, rules })
    }
}

impl Chat {
    /// Begins an upload, if a file of this size may be sent.
    pub async fn begin_upload(&self, by: &Uploader, new: BeginUpload, now_ms: u64) -> Answer<Upload> {
        let (by, conversation_id) = (by.clone(), new.conversation_id.clone());
        let file = announced(new, secret::id("att_", now_ms))?;
        let begin = move |tx: &mut Tx<'_>| {
            let conversation = by.conversation(tx, &conversation_id)?;
            let rules = match by.kind {
                SenderType::Visitor => widget_rules(tx, &conversation.widget_id)?,
                _ => agents_rules(),
            };
            if file.bytes > rules.max_bytes {
                let most = rules.max_bytes;
                return Err(Refusal::FileTooLarge.because(format!("The limit is {most} bytes.")));
            }
            let (kind, json) = (by.kind.as_str(), json(&file)?);
            tx.run(&ADD, values![&file.id, &conversation.id, kind, &by.id, file.bytes, &json, now_ms])?;
            Ok(Upload { file: file.clone(), received: 0, is_kept: false, thumbnail_type: None, rules })
        };
        self.db.write(begin).await
    }

    /// How far one's own upload is, while one may still write in its conversation; else
    /// [`Refusal::UnknownAttachment`].
    pub async fn upload(&self, by: &Uploader, id: &str) -> Answer<Upload> {
        let (by, id) = (by.clone(), id.to_owned());
        self.db.read(move |tx| own(tx, &by, &id)).await
    }

    /// Notes that a part is kept; [`Refusal::WrongOffset`] when another was first.
    pub async fn advance_upload(&self, id: &str, from: u64, to: u64) -> Answer<()> {
        let id = id.to_owned();
        let advance = move |tx: &mut Tx<'_>| match tx.run(&ADVANCE, values![&id, from, to])? {
            1 => Ok(()),
            _ => Err(Refusal::WrongOffset.into()),
        };
        self.db.write(advance).await
    }

    /// All bytes are kept: from here on a message can have the file.
    pub async fn keep_upload(&self, by: &Uploader, id: &str, found: Found) -> Answer<Attachment> {
        let (by, id, links) = (by.clone(), id.to_owned(), self.links.clone());
        let keep = move |tx: &mut Tx<'_>| {
            let upload = own(tx, &by, &id)?;
            let (width, height) = found.pixels.unzip();
            let has_thumbnail = found.thumbnail_type.is_some();
            let (media_type, bytes) = (found.media_type.clone(), found.bytes);
            let file = File { media_type, bytes, width, height, has_thumbnail, ..upload.file };
            let kept = tx.run(&KEEP, values![&id, bytes, found.thumbnail_type.as_ref(), &json(&file)?])?;
            if kept == 1 && upload.received > 0 {
                tx.run(&LEAVE_PARTS, values![&id, upload.received])?;
            }
            Ok(links.attachment(&own(tx, &by, &id)?.file))
        };
        self.db.write(keep).await
    }

    /// Gives up an upload of one's own, or a file that no message has.
    pub async fn drop_upload(&self, by: &Uploader, id: &str) -> Answer<()> {
        let (by, id) = (by.clone(), id.to_owned());
        let drop = move |tx: &mut Tx<'_>| {
            own(tx, &by, &id)?;
            drop_loose(tx, &id)
        };
        self.db.write(drop).await
    }

    /// A file that is kept, for whoever has a link to it; else [`Refusal::UnknownAttachment`].
    pub async fn file(&self, id: &str) -> Answer<(File, Option<String>)> {
        let id = id.to_owned();
        let find = move |tx: &mut Tx<'_>| {
            let mut row = tx.one(&KEPT, values![&id])?.ok_or(Refusal::UnknownAttachment)?;
            let file = row.json(4)?;
            Ok((file, row.maybe_text(3)))
        };
        self.db.read(find).await
    }

    /// Drops files that no message has, and that were begun before this time; some at once.
    pub async fn drop_loose_files(&self, before_ms: u64) -> Answer<()> {
        let drop = move |tx: &mut Tx<'_>| {
            let loose = tx.all(&LOOSE, values![before_ms])?;
            loose.into_iter().try_for_each(|mut row| drop_loose(tx, &row.text(0)))
        };
        self.db.write(drop).await
    }

    /// Bytes that no row needs any more; some of them.
    pub async fn remains(&self) -> Answer<Vec<Remains>> {
        let find = |tx: &mut Tx<'_>| {
            let remains = tx.all(&REMAINS, &[])?.into_iter().map(|mut row| Remains {
                id: row.text(0),
                only_parts: row.text(1) == "parts",
                part_bytes: row.number(2),
            });
            Ok(remains.collect())
        };
        self.db.read(find).await
    }

    /// Notes that these bytes are gone.
    pub async fn bury(&self, remains: &Remains) -> Answer<()> {
        let (id, what) = (remains.id.clone(), if remains.only_parts { "parts" } else { "all" });
        self.db.write(move |tx| tx.run(&BURY, values![&id, what]).map(|_| ())).await
    }
}

/// The files of a message that is about to be posted, all by its sender in this conversation.
pub(crate) fn to_attach(
    tx: &mut Tx<'_>,
    conversation_id: &str,
    sender: (SenderType, &str),
    ids: &[String],
) -> Result<Vec<File>, Refused> {
    let (kind, sender_id) = sender;
    let mut file = |id: &String| {
        let row = tx.one(&OF_UPLOADER, values![id, kind.as_str(), sender_id])?;
        let kept = row.and_then(|mut row| {
            let fits = row.text(0) == "kept" && row.text(5) == conversation_id;
            fits.then_some(row)
        });
        kept.ok_or_else(|| Refusal::UnknownAttachment.because(format!("attachments: {id}")))?.json(4)
    };
    ids.iter().map(&mut file).collect()
}

/// Gives the files to a message; each can have one alone.
pub(crate) fn attach(tx: &mut Tx<'_>, message_id: &str, files: &[File]) -> Result<(), Refused> {
    for File { id, .. } in files {
        if tx.run(&ATTACH, values![id, message_id])? != 1 {
            return Err(Refusal::UnknownAttachment.because(format!("attachments: {id}")));
        }
    }
    Ok(())
}

/// The message that had these files was taken back: nobody opens them any more, and their bytes go.
pub(crate) fn remove(tx: &mut Tx<'_>, files: &[File]) -> Result<(), Refused> {
    for File { id, .. } in files {
        tx.run(&LEAVE_ONE, values![id])?;
        tx.run(&REMOVE_ONE, values![id])?;
    }
    Ok(())
}

/// All files of a conversation go, those that no message has among them.
pub(crate) fn remove_all(tx: &mut Tx<'_>, conversation_id: &str) -> Result<(), Refused> {
    tx.run(&LEAVE_OF_CONVERSATION, values![conversation_id])?;
    tx.run(&REMOVE_OF_CONVERSATION, values![conversation_id]).map(|_| ())
}

/// Ids of a message's files as they were sent.
pub(crate) fn ids(ids: Vec<String>) -> Result<Vec<String>, Refused> {
    let most = limit::MESSAGE_ATTACHMENTS;
    let is_doubled = ids.iter().enumerate().any(|(at, id)| ids[..at].contains(id));
    if ids.len() > most || is_doubled {
        return Err(Refusal::InvalidField.because(format!("attachments has at most {most} files, each once")));
    }
    Ok(ids)
}

/// One's own upload, while one may still write in its conversation.
fn own(tx: &mut Tx<'_>, by: &Uploader, id: &str) -> Result<Upload, Refused> {
    let row = tx.one(&OF_UPLOADER, values![id, by.kind.as_str(), &by.id])?;
    let mut row = row.ok_or(Refusal::UnknownAttachment)?;
    let conversation = by.conversation(tx, &row.text(5)).map_err(|refused| match refused.refusal {
        Refusal::UnknownConversation => Refusal::UnknownAttachment.into(),
        _ => refused,
    })?;
    Upload::from_row(tx, &mut row, &conversation.widget_id)
}

/// Nothing happens to one that a message has.
fn drop_loose(tx: &mut Tx<'_>, id: &str) -> Result<(), Refused> {
    tx.run(&LEAVE_ALL, values![id])?;
    tx.run(&DROP_LOOSE, values![id]).map(|_| ())
}

/// What is known of a file before it comes.
fn announced(new: BeginUpload, id: String) -> Result<File, Refused> {
    if new.bytes == 0 {
        return Err(Refusal::FileEmpty.into());
    }
    let name = check::file_name(&new.name)?;
    let (duration_ms, waveform) = match new.is_voice {
        true => (check::duration_ms(new.duration_ms)?, check::waveform(new.waveform)?),
        false => (None, None),
    };
    Ok(File {
        id,
        name,
        media_type: String::new(),
        bytes: new.bytes,
        width: None,
        height: None,
        duration_ms,
        waveform,
        is_voice: new.is_voice,
        has_thumbnail: false,
    })
}

fn widget_rules(tx: &mut Tx<'_>, widget_id: &str) -> Result<UploadRules, Refused> {
    Ok(widget::settings(tx, widget_id)?.uploads)
}

/// Agents send what they like; the rules of a widget are for strangers.
fn agents_rules() -> UploadRules {
    UploadRules { max_bytes: limit::FILE_BYTES, types: vec!["*/*".to_owned()] }
}
