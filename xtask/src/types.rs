//! Writes the TypeScript side of the wire: types, limits and refusals, from the Rust
//! definitions. Knows nothing of what the front end does with them.

use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use ts_rs::{Config, TS};
use wire::{
    Refusal, alert, api, availability, contact, event, file, integration, limit, monitor, online, refusal,
};

/// The generated file, relative to the tree.
const TARGET: &str = "web/shared/src/wire.gen.ts";

/// Writes the file.
pub(crate) fn write() -> Result<()> {
    let target = target();
    std::fs::create_dir_all(target.parent().context("the target has a folder")?)?;
    std::fs::write(&target, render()).with_context(|| format!("writing {TARGET}"))
}

/// Fails when the file differs from what would be written.
pub(crate) fn check() -> Result<()> {
    let found = std::fs::read_to_string(target()).unwrap_or_default();
    if found != render() {
        bail!("{TARGET} has drifted from crates/wire: run `cargo run -p xtask -- types` and commit it");
    }
    Ok(())
}

fn target() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(TARGET)
}

fn render() -> String {
    let mut out = String::from(
        "// Generated from crates/wire by `cargo run -p xtask -- types`; do not edit.\n\
         // What goes over the wire, and nothing of what is done with it.\n\n",
    );
    for declaration in declarations() {
        out.push_str("export ");
        out.push_str(&declaration);
        out.push_str("\n\n");
    }
    out.push_str(&limits());
    out.push_str(&refusals());
    out
}

macro_rules! declare {
    ($($ty:ty),* $(,)?) => { vec![$(<$ty as TS>::decl(&Config::default())),*] };
}

fn declarations() -> Vec<String> {
    let mut all = declare![
        event::SenderType,
        event::MessageKind,
        event::AgentFace,
        event::Quote,
        event::Reaction,
        file::File,
        file::Attachment,
        event::ChatMessage,
        event::AgentMessage,
        event::AgentJoined,
        event::AgentLeft,
        event::Receipt,
        event::ReceiptUpdated,
        event::MessageUpdated,
        event::MessageDeleted,
        event::MessageReaction,
        event::StatusUpdated,
        event::StatePart,
        event::Priority,
        event::ConversationState,
        event::WebsiteSaid,
        event::Whereabouts,
        event::ConversationUpdated,
        event::ConversationErased,
        event::VisitorChanged,
        event::VisitorTracked,
        event::VisitorEvent,
        event::AgentEvent,
        event::InboxEvent,
        online::OnlineVisitor,
        online::OnlineVisitorsReply,
        event::PersonalEvent,
        event::PersonalCall,
        event::ConversationStatus,
        event::VisitorFace,
        event::MessagePreview,
        event::ConversationSummary,
        event::Typing,
        event::TypingNow,
    ];
    all.extend(declare![
        api::Provider,
        api::WidgetLook,
        api::PreChatField,
        api::ConfigReply,
        api::SessionRequest,
        api::SessionReply,
        api::PopoutReply,
        api::StartConversation,
        api::VisitorConversation,
        api::VisitorPage,
        api::PostMessage,
        api::VisitorPosted,
        api::AgentPosted,
        file::BeginUpload,
        file::UploadReply,
        api::ReadUpTo,
        api::EditMessage,
        api::RateConversation,
        api::ConversationChange,
        api::ConversationReply,
        api::MessageVersion,
        api::VersionsReply,
        api::TagsReply,
        api::Done,
        api::ChannelAuthRequest,
        api::ChannelAuthReply,
        api::Role,
        api::SetupRequest,
        api::LoginRequest,
        api::AgentProfile,
        api::ConsoleRealtime,
        api::MeReply,
        api::InboxRow,
        api::InboxReply,
        api::SearchKind,
        api::SearchPiece,
        api::SearchField,
        api::SearchHit,
        api::SearchReply,
        api::AgentPage,
        api::UploadRules,
        api::WidgetSettings,
        api::WidgetProfile,
        api::WidgetChange,
        api::WidgetsReply,
        api::AddAgent,
        api::AgentsReply,
        api::AgentChange,
        api::WidgetAgentsChange,
        api::TwoFactorDemand,
        api::TeamMember,
        api::InvitationProfile,
        api::TeamReply,
        api::NewInvitation,
        api::InvitationReply,
        api::SessionProfile,
        api::AccountReply,
        api::NewPassword,
        api::AccountChange,
        api::TwoFactorBegun,
        api::TwoFactorCode,
        api::RecoveryCodesReply,
        api::Proof,
        api::InvitationCode,
        api::InvitedReply,
        api::JoinRequest,
        api::AuditKind,
        api::AuditEntry,
        api::AuditReply,
    ]);
    all.extend(declare![
        availability::Day,
        availability::OpenSpan,
        availability::OpeningHours,
        availability::AgentShown,
        availability::Availability,
        availability::AgentStatus,
        availability::OwnPresence,
        availability::AgentStatusChanged,
    ]);
    all.extend(declare![
        alert::Way,
        alert::AlertKind,
        alert::Whom,
        alert::EscalationStep,
        alert::Escalation,
        alert::Ways,
        alert::AlertRules,
        alert::AlertRulesChange,
        alert::AddDevice,
        alert::Device,
        alert::MissedAlert,
        alert::AlertsReply,
        alert::MissedAlertsReply,
        alert::ConsoleTrouble,
        alert::ReportMissed,
        alert::TestAlert,
        alert::TestAlertReply,
        alert::EscalationReply,
        alert::PushMessage,
    ]);
    all.extend(declare![
        contact::Attribute,
        contact::SignedId,
        contact::IdentifyRequest,
        contact::WebsiteSays,
        contact::TrackedEvent,
        contact::IdentifyReply,
        contact::VisitorConversationRow,
        contact::VisitorConversationsReply,
        contact::IdentitySecret,
        contact::IdentityReply,
        contact::Contact,
        contact::ContactsReply,
        contact::ContactReply,
        contact::ContactChange,
        contact::MergeContact,
        contact::LinkVisitor,
        contact::ErasedReply,
    ]);
    all.extend(declare![
        integration::Scope,
        integration::EventType,
        integration::ApiEvent,
        integration::ApiEventData,
        integration::EventsReply,
        integration::WidgetReply,
        integration::NewKey,
        integration::ApiKeyProfile,
        integration::KeysReply,
        integration::KeyReply,
        integration::NewWebhook,
        integration::WebhookChange,
        integration::WebhookProfile,
        integration::WebhooksReply,
        integration::WebhookReply,
        integration::Delivery,
        integration::DeliveriesReply,
        integration::DeliveryReply,
        integration::BlockKind,
        integration::NewBlock,
        integration::Block,
        integration::BlocksReply,
    ]);
    all.extend(declare![
        api::NewWidget,
        api::NewWidgetToken,
        api::CannedReply,
        api::CannedRepliesReply,
        api::NewCannedReply,
        api::CannedReplyChange,
        api::TagUse,
        api::TagChange,
        api::BackupRequest,
        api::BackupReply,
    ]);
    all.extend(declare![refusal::Retry, refusal::Problem]);
    all.extend(declare![
        monitor::OverviewReply,
        monitor::Columns,
        monitor::ChannelsReply,
        monitor::MonitoredChannel,
        monitor::NewInspection,
        monitor::InspectionReply,
        monitor::InspectedEvent,
        monitor::ShowBody,
        monitor::BodyReply,
        monitor::CreateEvent,
        monitor::CreatedReply,
        monitor::QueueKind,
        monitor::Queue,
        monitor::Destination,
        monitor::DeadLetter,
        monitor::QueuesReply,
        monitor::RetryQueue,
        monitor::DeadLetters,
        monitor::Health,
        monitor::NodeStatus,
        monitor::ListedNode,
        monitor::NodesReply,
    ]);
    all
}

/// Those that the front end uses; the widget carries each of the first.
fn limits() -> String {
    format!(
        "export const LIMITS = {{\n  MESSAGE_TEXT_CHARS: {},\n  NAME_CHARS: {},\n  \
         MESSAGE_ATTACHMENTS: {},\n  UPLOAD_BYTES: {},\n  POLL_INTERVAL_MS: {},\n  TYPING_LASTS_MS: {},\n}} as const;\n\n\
         export const CONSOLE_LIMITS = {{\n  WIDGET_ORIGINS: {},\n  CONSENT_CHARS: {},\n}} as const;\n\n",
        limit::MESSAGE_TEXT_CHARS,
        limit::NAME_CHARS,
        limit::MESSAGE_ATTACHMENTS,
        limit::UPLOAD_BYTES,
        limit::POLL_INTERVAL_MS,
        limit::TYPING_LASTS_MS,
        limit::WIDGET_ORIGINS,
        limit::CONSENT_CHARS,
    )
}

fn refusals() -> String {
    let names: Vec<String> = Refusal::ALL.iter().map(|r| format!("  | \"{}\"", r.row().name)).collect();
    format!("export type RefusalName =\n{};\n", names.join("\n"))
}
