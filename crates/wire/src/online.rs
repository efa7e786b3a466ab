//! Which visitors have the chat open: how they read in the list and in the signals. Knows nothing of how
//! that is noticed.

use crate::event::VisitorFace;
use serde::{Deserialize, Serialize};
#[cfg(feature = "ts")]
use ts_rs::TS;

/// A visitor who is online, or was until now: on one device or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct OnlineVisitor {
    /// `wgt_…`.
    pub widget_id: String,
    /// As agents see them.
    pub visitor: VisitorFace,
    /// Their conversations that stand in the list, newest first, at most ten.
    pub conversation_ids: Vec<String>,
    /// Since when the server that says so knows them to be online, in milliseconds of the Unix epoch.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub since_ms: u64,
}

/// `GET /api/v1/widgets/{id}/visitors`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ts", derive(TS))]
pub struct OnlineVisitorsReply {
    /// Always `true`.
    pub success: bool,
    /// Who came last is first.
    pub visitors: Vec<OnlineVisitor>,
    /// How many are online on this widget, on this page of the list or not.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub count: u64,
    /// Cursor of the next page.
    pub next: Option<String>,
}
