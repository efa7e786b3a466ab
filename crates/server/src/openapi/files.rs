//! What the routes of files take and answer: those of visitors and of agents are the same. Knows nothing of
//! who may call: that stands in the table of routes.

use super::operations::{Operation, Query, on};
use wire::Refusal;
use wire::api::Done;
use wire::file::{BeginUpload, UploadReply};

const FILE: &[Query] = &[
    Query { name: "conversation_id", schema: "string", what: "Where it will be sent." },
    Query { name: "name", schema: "string", what: "File name." },
    Query { name: "is_voice", schema: "boolean", what: "Is it a voice message?" },
    Query { name: "duration_ms", schema: "integer", what: "How long a voice message lasts." },
    Query { name: "waveform", schema: "string", what: "Its peaks from 0 to 100, with commas between." },
];
const PART: &[Query] =
    &[Query { name: "offset", schema: "integer", what: "Of the first byte: as many as have come." }];
const OF_UPLOAD: &[Refusal] = &[
    Refusal::UnknownConversation,
    Refusal::MissingField,
    Refusal::InvalidField,
    Refusal::FileEmpty,
    Refusal::FileTooLarge,
    Refusal::UploadQuota,
];
const OF_BYTES: &[Refusal] = &[
    Refusal::UnknownConversation,
    Refusal::UnknownAttachment,
    Refusal::MissingField,
    Refusal::InvalidField,
    Refusal::WrongOffset,
    Refusal::FileEmpty,
    Refusal::FileTooLarge,
    Refusal::FileTypeNotAllowed,
    Refusal::ImageDamaged,
    Refusal::ImageTooLarge,
    Refusal::UploadQuota,
    Refusal::OverCapacity,
    Refusal::RequestTimeout,
    Refusal::BadRequestHead,
    Refusal::FilesUnavailable,
];
const OF_FILE: &[Refusal] = &[Refusal::UnknownAttachment];

/// The operations of files.
pub(super) fn all() -> Vec<Operation> {
    let visitors = ("/api/chatbot/attachments", "/api/chatbot/uploads", "/api/chatbot/uploads/{id}");
    let agents = ("/api/v1/attachments", "/api/v1/uploads", "/api/v1/uploads/{id}");
    [visitors, agents].into_iter().flat_map(of).collect()
}

fn of((small, large, upload): (&'static str, &'static str, &'static str)) -> [Operation; 5] {
    [
        on("POST", small, "Send a file of at most 5 MiB: its bytes are the body.")
            .query(FILE)
            .replies::<UploadReply>(201)
            .refuses(OF_BYTES),
        on("POST", large, "Begin a file that comes in parts.")
            .takes::<BeginUpload>()
            .replies::<UploadReply>(201)
            .refuses(OF_UPLOAD),
        on("GET", upload, "Read how much of a file has come.").replies::<UploadReply>(200).refuses(OF_FILE),
        on("PUT", upload, "Send the next part of a file: its bytes are the body.")
            .query(PART)
            .replies::<UploadReply>(200)
            .refuses(OF_BYTES),
        on("DELETE", upload, "Give up a file that no message has.").replies::<Done>(200).refuses(OF_FILE),
    ]
}
