//! What the routes of the team and of one's own account take and answer. Knows nothing of who may call: that
//! stands in the table of routes.

use super::operations::{AT_MOST, BEFORE, OF_ENTRY, Operation, Query, on};
use wire::Refusal;
use wire::api::{
    AccountChange, AccountReply, AgentChange, AgentsReply, AuditReply, Done, InvitationCode, InvitationReply,
    InvitedReply, JoinRequest, MeReply, NewInvitation, Proof, RecoveryCodesReply, TeamReply, TwoFactorBegun,
    TwoFactorCode, TwoFactorDemand, WidgetAgentsChange,
};

const AUDIT: &[Query] = &[
    Query { name: "agent", schema: "string", what: "Only what this agent did." },
    Query { name: "kind", schema: "string", what: "Only this, such as `agent-changed`." },
    BEFORE,
    AT_MOST,
];

pub(super) fn all() -> Vec<Operation> {
    let second_step = "/api/v1/account/two-factor";
    vec![
        on("GET", "/api/v1/team", "Read who is on the team, who is invited, and who signs in in two steps.")
            .replies::<TeamReply>(200),
        on("PATCH", "/api/v1/agents/{id}", "Change an agent's name, role or widgets.")
            .takes::<AgentChange>()
            .replies::<TeamReply>(200)
            .refuses(&[Refusal::UnknownAgent, Refusal::LastOwner]),
        on("DELETE", "/api/v1/agents/{id}/two-factor", "Switch an agent's two-step sign-in off.")
            .replies::<TeamReply>(200)
            .refuses(&[Refusal::UnknownAgent, Refusal::SecondStepState]),
        on("PUT", "/api/v1/team/two-factor", "Demand two-step sign-in of everybody on the team, or no more.")
            .takes::<TwoFactorDemand>()
            .replies::<TeamReply>(200)
            .refuses(&[Refusal::SecondStepState]),
        on("PATCH", "/api/v1/widgets/{id}/agents", "Put agents on a widget, and take others off it.")
            .takes::<WidgetAgentsChange>()
            .replies::<AgentsReply>(200)
            .refuses(&[Refusal::UnknownEntry, Refusal::UnknownAgent]),
        on("POST", "/api/v1/invitations", "Invite somebody to the team. The code is told this once.")
            .takes::<NewInvitation>()
            .replies::<InvitationReply>(201),
        on("DELETE", "/api/v1/invitations/{id}", "Withdraw an invitation.")
            .replies::<TeamReply>(200)
            .refuses(OF_ENTRY),
        on("POST", "/api/v1/invitation", "Read what a code invites to.")
            .takes::<InvitationCode>()
            .replies::<InvitedReply>(200)
            .refuses(&[Refusal::InvitationInvalid]),
        on("POST", "/api/v1/join", "Join the team by an invitation's code.")
            .takes::<JoinRequest>()
            .replies::<MeReply>(200)
            .refuses(&[Refusal::InvitationInvalid, Refusal::EmailTaken]),
        on("GET", "/api/v1/audit", "Read who did what, newest first.")
            .query(AUDIT)
            .replies::<AuditReply>(200),
        on("GET", "/api/v1/account", "Read your own account.").replies::<AccountReply>(200),
        on(
            "PATCH",
            "/api/v1/account",
            "Change your name or password. Another password ends your other sessions.",
        )
        .takes::<AccountChange>()
        .replies::<AccountReply>(200)
        .refuses(&[Refusal::ProofWrong]),
        on("DELETE", "/api/v1/account/sessions", "Sign out everywhere else.").replies::<AccountReply>(200),
        on("POST", second_step, "Ask for a key for your authenticator app. It is told this once.")
            .replies::<TwoFactorBegun>(201)
            .refuses(&[Refusal::SecondStepState]),
        on("PUT", second_step, "Switch two-step sign-in on, with a first code.")
            .takes::<TwoFactorCode>()
            .replies::<RecoveryCodesReply>(200)
            .refuses(&[Refusal::SecondStepState, Refusal::CodeWrong]),
        on("POST", "/api/v1/account/two-factor/off", "Switch two-step sign-in off, with password or code.")
            .takes::<Proof>()
            .replies::<Done>(200)
            .refuses(&[Refusal::SecondStepState, Refusal::ProofWrong]),
    ]
}
