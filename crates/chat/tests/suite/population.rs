//! A small desk in which every table has rows, made by real verbs alone, and what of it must still be
//! there after any upgrade. Knows nothing of how it is dumped and loaded.
//!
//! What stands here once is in the dumps of all releases made with it: add, and read what was added only
//! where [`Known`] says that the dump has it.

use crate::common::{NOW, PASSWORD, note, text};
use chat::{About, Chat, Letter, PageQuery, Posting, Standing, Subject};
use std::collections::BTreeMap;
use wire::api::{ConversationChange, Invitation, LoginRequest, Role, SessionRequest, SetupRequest};

/// What has to be known to read the desk again; stands at the top of a dump.
pub type Known = BTreeMap<String, String>;

/// Fills an empty desk.
pub async fn populate(chat: &Chat) -> Known {
    let widget = chat.first_widget(NOW).await.unwrap();
    let id = widget.look.id.clone();
    let rotated = chat.rotate_widget(&id, 1_000_000, NOW).await.unwrap();
    let code = chat.new_setup_code(NOW).await.unwrap();
    let setup = SetupRequest {
        code,
        name: "Ben".into(),
        email: "ben@shop.example".into(),
        password: PASSWORD.into(),
    };
    let ben = chat.setup(setup, NOW).await.unwrap().agent;
    let invitation = Invitation {
        name: "Dora".into(),
        email: "dora@shop.example".into(),
        role: Some(Role::Agent),
        widgets: vec![id.clone()],
    };
    let invited = chat.invite_agent(invitation, NOW).await.unwrap();
    let request = SessionRequest { name: Some("Ana".into()), ..SessionRequest::default() };
    let session = chat.open_session(&id, request, NOW).await.unwrap();
    let ana = chat.visitor(&session.token, NOW).await.unwrap();
    let conversation = chat.start_conversation(&ana, None, NOW).await.unwrap().0.conversation.id;
    chat.visitor_post(&ana, &conversation, text("Is the blue one back?"), NOW).await.unwrap();
    chat.agent_post(&ben, &conversation, note("Ask the store"), NOW).await.unwrap();
    let answer = chat.agent_post(&ben, &conversation, text("Yes, since Monday."), NOW).await.unwrap().0;
    chat.visitor_reached(&ana, &conversation, &answer.id, chat::Reached::Read, NOW).await.unwrap();
    while chat.index_step().await.unwrap() {}
    // And what is still to be indexed.
    let change = ConversationChange { tags: Some(vec!["stock".into()]), ..ConversationChange::default() };
    chat.change_conversation(&ben, &conversation, change, NOW).await.unwrap();
    let letter =
        Letter { destination: "hook".into(), lane: 3, payload: "{}".into(), give_up_ms: NOW + 1_000 };
    let standing = Standing { subject: told(), value: 1, again_before_ms: 0 };
    chat.outbox_post(vec![Posting { standing: Some(standing), letters: vec![letter] }], NOW).await.unwrap();
    assert!(chat.lease("webhooks", "first", NOW, NOW + 1_000).await.unwrap());
    [
        ("widget", id),
        ("old_token", widget.token),
        ("token", rotated.token),
        ("invited", invited),
        ("secret", session.secret),
        ("visitor", session.visitor.id),
        ("conversation", conversation),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn told() -> Subject {
    Subject { about: About::Channel, app_id: "shop".into(), channel: "news".into(), user_id: String::new() }
}

/// Reads it all again, by the verbs of today.
pub async fn read(chat: &Chat, known: &Known) {
    for token in ["token", "old_token"] {
        assert_eq!(chat.widget_by_token(&known[token], NOW).await.unwrap().profile.look.id, known["widget"]);
    }
    let login = LoginRequest { email: "ben@shop.example".into(), password: PASSWORD.into() };
    let ben = chat.login(login, NOW).await.unwrap().agent;
    assert_eq!((ben.profile.role, ben.profile.widgets.clone()), (Role::Owner, vec![known["widget"].clone()]));
    let page = chat.agent_page(&ben, &known["conversation"], PageQuery::default()).await.unwrap();
    let said: Vec<&str> = page.messages.iter().map(|message| message.message.as_str()).collect();
    assert_eq!(said, ["Is the blue one back?", "Ask the store", "Yes, since Monday."]);
    let request = SessionRequest { secret: Some(known["secret"].clone()), ..SessionRequest::default() };
    let session = chat.open_session(&known["widget"], request, NOW).await.unwrap();
    assert_eq!(session.visitor.id, known["visitor"]);
    let ana = chat.visitor(&session.token, NOW).await.unwrap();
    let page = chat.visitor_page(&ana, &known["conversation"], PageQuery::default()).await.unwrap();
    assert_eq!(page.messages.len(), 2, "a note is not for visitors");
    let next = chat.visitor_post(&ana, &known["conversation"], text("Thanks"), NOW).await.unwrap().0;
    assert_eq!(next.seq, page.seq + 1);
    assert_eq!(chat.outbox_head("hook", 3, 9, NOW).await.unwrap().len(), 1);
    assert_eq!(chat.told(None, 9).await.unwrap(), [told()]);
    assert!(!chat.lease("webhooks", "second", NOW, NOW + 9).await.unwrap());
    let (name, email) = (String::from("Dora"), String::from("dora@shop.example"));
    let setup = SetupRequest { code: known["invited"].clone(), name, email, password: PASSWORD.into() };
    assert_eq!(chat.setup(setup, NOW).await.unwrap().agent.profile.name, "Dora");
}
