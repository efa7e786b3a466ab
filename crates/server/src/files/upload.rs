//! The routes by which files come: whole in one request, or in parts that go on after a cut or a reload.
//! Decides what a request has to say; knows nothing of what files are and of where they are kept.

use super::{finish, spool};
use crate::arrival::Arrival;
use crate::caller::{SignedAgent, SignedVisitor, header};
use crate::desk::{Desk, now_ms};
use crate::files::store::Piece;
use crate::reply::{Answer, Id, Json, made, ok};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::header::CONTENT_LENGTH;
use chat::{Upload, Uploader};
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::Arc;
use wire::api::Done;
use wire::file::{self, Attachment, BeginUpload, UploadReply};
use wire::{Refusal, limit};

type Shared = State<Arc<Desk>>;

/// The query of a file sent whole: what [`BeginUpload`] says, with peaks between commas.
#[derive(Debug, Deserialize)]
pub struct Sent {
    conversation_id: String,
    name: String,
    #[serde(default)]
    is_voice: bool,
    duration_ms: Option<u32>,
    waveform: Option<String>,
}

type Asked = Result<Query<Sent>, QueryRejection>;

/// Where a part begins.
#[derive(Debug, Deserialize)]
pub struct Begin {
    offset: u64,
}

type Begins = Result<Query<Begin>, QueryRejection>;

/// Who sends, and whose quota it is.
struct Sender {
    uploader: Uploader,
    /// Visitors have one.
    quota: Option<(String, IpAddr)>,
}

impl Sender {
    fn visitor(visitor: &chat::Visitor, arrival: &Arrival) -> Sender {
        Sender { uploader: visitor.into(), quota: Some((visitor.id.clone(), arrival.client)) }
    }

    fn agent(agent: &chat::Agent) -> Sender {
        Sender { uploader: agent.into(), quota: None }
    }

    /// Takes so many bytes from the quota.
    fn charge(&self, desk: &Desk, bytes: u64) -> Answer<()> {
        match &self.quota {
            Some((visitor, client)) => desk.rates.upload(visitor, *client, bytes),
            None => Ok(()),
        }
    }
}

/// `POST /api/chatbot/attachments`: the body is the file.
pub async fn visitor_send(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    arrival: Arrival,
    asked: Asked,
    request: Request,
) -> Answer {
    send(&desk, &Sender::visitor(&visitor, &arrival), asked, request).await
}

/// `POST /api/v1/attachments`.
pub async fn agent_send(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    asked: Asked,
    request: Request,
) -> Answer {
    send(&desk, &Sender::agent(&agent), asked, request).await
}

/// `POST /api/chatbot/uploads`: a file that will come in parts.
pub async fn visitor_begin(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    arrival: Arrival,
    Json(new): Json<BeginUpload>,
) -> Answer {
    begin(&desk, &Sender::visitor(&visitor, &arrival), new).await
}

/// `POST /api/v1/uploads`.
pub async fn agent_begin(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Json(new): Json<BeginUpload>,
) -> Answer {
    begin(&desk, &Sender::agent(&agent), new).await
}

/// `GET /api/chatbot/uploads/{id}`: where to go on.
pub async fn visitor_look(State(desk): Shared, SignedVisitor(visitor): SignedVisitor, Id(id): Id) -> Answer {
    look(&desk, &(&visitor).into(), &id).await
}

/// `GET /api/v1/uploads/{id}`.
pub async fn agent_look(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    look(&desk, &(&agent).into(), &id).await
}

/// `PUT /api/chatbot/uploads/{id}?offset=`: the next part; with the last one the file is there.
pub async fn visitor_put(
    State(desk): Shared,
    SignedVisitor(visitor): SignedVisitor,
    Id(id): Id,
    begins: Begins,
    request: Request,
) -> Answer {
    put(&desk, &(&visitor).into(), &id, begins, request).await
}

/// `PUT /api/v1/uploads/{id}?offset=`.
pub async fn agent_put(
    State(desk): Shared,
    SignedAgent(agent): SignedAgent,
    Id(id): Id,
    begins: Begins,
    request: Request,
) -> Answer {
    put(&desk, &(&agent).into(), &id, begins, request).await
}

/// `DELETE /api/chatbot/uploads/{id}`: nothing happens to a file that a message has.
pub async fn visitor_drop(State(desk): Shared, SignedVisitor(visitor): SignedVisitor, Id(id): Id) -> Answer {
    desk.chat.drop_upload(&(&visitor).into(), &id).await?;
    Ok(ok(&Done::YES))
}

/// `DELETE /api/v1/uploads/{id}`.
pub async fn agent_drop(State(desk): Shared, SignedAgent(agent): SignedAgent, Id(id): Id) -> Answer {
    desk.chat.drop_upload(&(&agent).into(), &id).await?;
    Ok(ok(&Done::YES))
}

async fn send(desk: &Desk, sender: &Sender, asked: Asked, request: Request) -> Answer {
    let bytes = length(&request)?;
    let new = sent(asked, bytes)?;
    if bytes > limit::UPLOAD_BYTES {
        let detail = format!("Files over {} bytes come in parts.", limit::UPLOAD_BYTES);
        return Err(Refusal::FileTooLarge.because(detail).into());
    }
    let _place = desk.files.places.try_acquire().map_err(|_| Refusal::OverCapacity)?;
    let upload = desk.chat.begin_upload(&sender.uploader, new, now_ms()).await?;
    let id = upload.file.id.clone();
    let came = match sender.charge(desk, bytes) {
        Ok(()) => spool::body(&desk.files.incoming, request.into_body(), bytes).await,
        Err(no) => Err(no),
    };
    let spooled = match came {
        Ok(spooled) => spooled,
        Err(no) => {
            desk.chat.drop_upload(&sender.uploader, &id).await?;
            return Err(no);
        }
    };
    let attachment = finish(desk, &sender.uploader, upload, spooled).await?;
    Ok(made(true, &whole(attachment)))
}

fn sent(asked: Asked, bytes: u64) -> Answer<BeginUpload> {
    let wrong =
        || Refusal::InvalidField.because("The query has conversation_id, name, and for voice its measures.");
    let Query(sent) = asked.map_err(|_| wrong())?;
    let peaks = |text: &String| file::peaks(text).ok_or_else(|| Refusal::InvalidField.because("waveform"));
    Ok(BeginUpload {
        conversation_id: sent.conversation_id,
        name: sent.name,
        bytes,
        is_voice: sent.is_voice,
        duration_ms: sent.duration_ms,
        waveform: sent.waveform.as_ref().map(peaks).transpose()?,
    })
}

/// How many bytes the body has. Whoever sends a file knows.
fn length(request: &Request) -> Answer<u64> {
    let length = header(request.headers(), CONTENT_LENGTH).and_then(|length| length.parse().ok());
    length.ok_or_else(|| Refusal::MissingField.because("The field is Content-Length.").into())
}

async fn begin(desk: &Desk, sender: &Sender, new: BeginUpload) -> Answer {
    let bytes = new.bytes;
    let upload = desk.chat.begin_upload(&sender.uploader, new, now_ms()).await?;
    if let Err(no) = sender.charge(desk, bytes) {
        desk.chat.drop_upload(&sender.uploader, &upload.file.id).await?;
        return Err(no);
    }
    Ok(made(true, &under_way(&upload, upload.received)))
}

async fn look(desk: &Desk, by: &Uploader, id: &str) -> Answer {
    Ok(ok(&state(desk, &desk.chat.upload(by, id).await?)))
}

async fn put(desk: &Desk, by: &Uploader, id: &str, begins: Begins, request: Request) -> Answer {
    let Query(Begin { offset }) =
        begins.map_err(|_| Refusal::InvalidField.because("offset is a whole number."))?;
    let mut upload = desk.chat.upload(by, id).await?;
    if upload.is_kept {
        return Ok(ok(&state(desk, &upload)));
    }
    let (received, bytes) = (upload.received, upload.file.bytes);
    if offset != received {
        return Err(Refusal::WrongOffset.because(format!("The next byte is {received}.")).into());
    }
    let part_bytes = limit::UPLOAD_PART_BYTES.min(bytes - received);
    if length(&request)? != part_bytes {
        return Err(Refusal::InvalidField.because(format!("This part has {part_bytes} bytes.")).into());
    }
    let _place = desk.files.places.try_acquire().map_err(|_| Refusal::OverCapacity)?;
    if part_bytes > 0 {
        let part = spool::body(&desk.files.incoming, request.into_body(), part_bytes).await?;
        let number = received / limit::UPLOAD_PART_BYTES;
        desk.files.store.keep(part, id, Piece::Part(number)).await?;
        upload.received = received + part_bytes;
        desk.chat.advance_upload(id, received, upload.received).await?;
    }
    if upload.received < bytes {
        return Ok(ok(&under_way(&upload, upload.received)));
    }
    let spooled = desk.files.assemble(&upload).await?;
    Ok(ok(&whole(finish(desk, by, upload, spooled).await?)))
}

fn state(desk: &Desk, upload: &Upload) -> UploadReply {
    match upload.is_kept {
        true => whole(desk.chat.links().attachment(&upload.file)),
        false => under_way(upload, upload.received),
    }
}

fn under_way(upload: &Upload, offset: u64) -> UploadReply {
    UploadReply {
        success: true,
        id: upload.file.id.clone(),
        offset,
        bytes: upload.file.bytes,
        part_bytes: limit::UPLOAD_PART_BYTES,
        attachment: None,
    }
}

fn whole(attachment: Attachment) -> UploadReply {
    UploadReply {
        success: true,
        id: attachment.file.id.clone(),
        offset: attachment.file.bytes,
        bytes: attachment.file.bytes,
        part_bytes: limit::UPLOAD_PART_BYTES,
        attachment: Some(attachment),
    }
}
