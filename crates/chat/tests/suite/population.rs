//! A small desk in which every table has rows, made by real verbs alone, and what of it must still be
//! there after any upgrade. Knows nothing of how it is dumped and loaded.
//!
//! What stands here once is in the dumps of all releases made with it: add, and read what was added only
//! where [`Known`] says that the dump has it.

use crate::common::{NOW, PASSWORD, app_code, browser, note, photograph, text, upload, with_files};
use chat::{
    About, Agent, Attempt, Chat, Kept, Letter, PageQuery, Posting, PushKeys, RequestKey, Standing, Subject,
    Uploader, Visitor,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::api::{
    AddAgent, ConversationChange, Invitation, LoginRequest, NewCannedReply, NewInvitation, PostMessage, Role,
    SessionRequest, SetupRequest,
};
use wire::contact::{LinkVisitor, SignedId};
use wire::integration::{BlockKind, NewBlock, NewKey, NewWebhook, Scope};

/// What has to be known to read the desk again; stands at the top of a dump.
pub type Known = BTreeMap<String, String>;

/// A photograph that was sent, and another that was given up.
async fn files(chat: &Chat, ana: &Visitor, conversation: &str) {
    let by = Uploader::from(ana);
    let [sent, dropped] = ["cat.jpg", "dog.jpg"].map(|name| upload(conversation, name));
    let sent = chat.begin_upload(&by, sent, NOW).await.unwrap().file.id;
    chat.keep_upload(&by, &sent, photograph()).await.unwrap();
    let post = with_files("Look!", &[&sent]);
    chat.visitor_post(ana, conversation, post, NOW).await.unwrap();
    let dropped = chat.begin_upload(&by, dropped, NOW).await.unwrap().file.id;
    chat.drop_upload(&by, &dropped).await.unwrap();
}

/// An answer that waits to be mailed, a code that was mailed, and a secret that another code was exchanged for.
async fn mails(chat: &Chat, ben: &Agent, widget_id: &str) {
    chat.mail_after(1_000);
    let email = Some("eve@home.example".to_owned());
    let request = SessionRequest { name: Some("Eve".into()), email, ..SessionRequest::default() };
    let session = chat.open_session(widget_id, request, NOW).await.unwrap();
    let eve = chat.visitor(&session.token, NOW).await.unwrap();
    for at_ms in [NOW, NOW + 2_000, NOW + 4_000] {
        let id = chat.start_conversation(&eve, None, at_ms).await.unwrap().0.conversation.id;
        chat.visitor_post(&eve, &id, text("Is it back?"), at_ms).await.unwrap();
        chat.agent_post(ben, &id, text("Yes"), at_ms).await.unwrap();
        if at_ms < NOW + 4_000 {
            let mail = chat.due_mails(at_ms + 1_000).await.unwrap().remove(0);
            chat.mailed(&mail, at_ms + 1_000).await.unwrap();
            if at_ms == NOW {
                let request = SessionRequest { code: Some(mail.code), ..SessionRequest::default() };
                chat.open_session(widget_id, request, at_ms + 1_000).await.unwrap();
            }
        }
    }
}

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
    let answer = talk(chat, &ana, &ben, &conversation).await;
    while chat.index_step().await.unwrap() {}
    // What comes now is still to be indexed.
    files(chat, &ana, &conversation).await;
    mails(chat, &ben, &id).await;
    outbox(chat).await;
    team(chat, &ben).await;
    let mut known: Known = [
        ("widget", id),
        ("old_token", widget.token),
        ("token", rotated.token),
        ("invited", invited),
        ("secret", session.secret),
        ("visitor", session.visitor.id),
        ("conversation", conversation),
        ("answer", answer),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    known.extend(programs(chat, &ben).await);
    known.extend(people(chat, &ben, &known).await);
    known
}

/// What is said, and what is done to it since; answers Ben's message.
async fn talk(chat: &Chat, ana: &Visitor, ben: &Agent, id: &str) -> String {
    chat.visitor_post(ana, id, text("Is the blue one back?"), NOW).await.unwrap();
    let agents = chat.agents(ben).await.unwrap();
    let dora = agents.iter().find(|agent| agent.name == "Dora").unwrap().id.clone();
    let called = PostMessage { mentions: vec![dora], ..note("Ask the store") };
    chat.agent_post(ben, id, called, NOW).await.unwrap();
    let answer = chat.agent_post(ben, id, text("Yes, since Sunday."), NOW).await.unwrap().0;
    chat.agent_edit(ben, &answer.id, "Yes, since Monday.".into(), NOW).await.unwrap();
    chat.visitor_react(ana, &answer.id, "👍", true, NOW).await.unwrap();
    chat.visitor_reached(ana, id, &answer.id, chat::Reached::Read, NOW).await.unwrap();
    let change = ConversationChange { tags: Some(vec!["blue".into()]), ..ConversationChange::default() };
    chat.change_conversation(ben, id, change, NOW).await.unwrap();
    answer.id
}

/// Somebody invited, Cleo with a second step that she demands of all, and a browser of Ben's that takes pushes.
async fn team(chat: &Chat, ben: &Agent) {
    let new = NewInvitation { role: Role::Viewer, widgets: Vec::new(), email: None };
    chat.invite(ben, new, NOW).await.unwrap();
    let (name, email) = (String::from("Cleo"), String::from("cleo@shop.example"));
    let cleo = AddAgent {
        name,
        email: email.clone(),
        password: PASSWORD.into(),
        role: Role::Owner,
        widgets: Vec::new(),
    };
    chat.add_agent(ben, cleo, NOW).await.unwrap();
    let login = LoginRequest { email, password: PASSWORD.into(), code: None };
    let cleo = chat.login(login, NOW).await.unwrap().agent;
    let key = chat.begin_second_step(&cleo).await.unwrap().key;
    chat.confirm_second_step(&cleo, &app_code(&key, NOW), NOW).await.unwrap();
    chat.demand_second_step(&cleo, true, NOW).await.unwrap();
    chat.push_keys(PushKeys { private: "private".into(), public: "public".into() }).await.unwrap();
    chat.add_device(ben, browser("ben"), NOW).await.unwrap();
    // Ana waits for an answer to her photograph.
    assert!(chat.alert_steps(Arc::default(), NOW).await.unwrap() > 0);
}

async fn outbox(chat: &Chat) {
    let letter =
        Letter { destination: "hook".into(), lane: 3, payload: "{}".into(), give_up_ms: NOW + 1_000 };
    let standing = Standing { subject: told(), value: 1, again_before_ms: 0 };
    let late = Letter { give_up_ms: NOW, ..letter.clone() };
    let posting = Posting { standing: Some(standing), letters: vec![letter, late] };
    chat.outbox_post(vec![posting], NOW).await.unwrap();
    assert_eq!(chat.outbox_give_up(NOW).await.unwrap(), [("hook".to_owned(), 1)]);
    assert!(chat.lease("webhooks", "first", NOW, NOW + 1_000).await.unwrap());
}

/// What other programs have.
async fn programs(chat: &Chat, ben: &Agent) -> Vec<(String, String)> {
    let request = NewKey { name: "Shop".into(), scopes: vec![Scope::ConversationsRead], widgets: Vec::new() };
    let (_, key) = chat.new_key(ben, request, NOW).await.unwrap();
    let request =
        NewWebhook { url: "https://shop.example/hook".into(), events: Vec::new(), widgets: Vec::new() };
    let (webhook, _) = chat.add_webhook(ben, request, NOW).await.unwrap();
    let attempt = Attempt {
        webhook_id: webhook.id.clone(),
        letter: None,
        payload: chat::test_payload(NOW),
        number: 1,
        at_ms: NOW,
        duration_ms: 3,
        status: Some(204),
        failure: None,
        again_ms: None,
    };
    chat.webhook_attempted(attempt).await.unwrap();
    assert!(chat.claim(&request_key(), "hash".into(), NOW).await.unwrap().is_none());
    chat.keep_reply(&request_key(), Kept { status: 201, reply: "{}".into() }).await.unwrap();
    let value = "203.0.113.0/24".to_owned();
    let block = NewBlock { kind: BlockKind::Address, value, reason: "Spam".into(), for_s: None };
    chat.add_block(ben, block, NOW).await.unwrap();
    let reply = NewCannedReply { shortcut: "blue".into(), text: "It is back.".into(), is_shared: true };
    chat.add_canned_reply(ben, reply, NOW).await.unwrap();
    vec![("key".into(), key), ("webhook".into(), webhook.id)]
}

/// Ana, whom Ben recognised; Kim, for whom the website vouched; and Eve, who is to be erased.
async fn people(chat: &Chat, ben: &Agent, known: &Known) -> Vec<(String, String)> {
    let (widget, ana) = (&known["widget"], &known["visitor"]);
    chat.link_visitor(ben, ana, LinkVisitor::default(), NOW).await.unwrap();
    let secrets = chat.new_identity_secret(ben, widget, NOW).await.unwrap().secrets;
    let identifier_hash = wire::sign::digest(&secrets[0].hash_secret, b"kim");
    let identity = Some(SignedId { id: "kim".into(), identifier_hash, name: None, email: None });
    let request = SessionRequest { identity, ..SessionRequest::default() };
    let kim = chat.open_session(widget, request, NOW).await.unwrap();
    let eve = chat.open_session(widget, SessionRequest::default(), NOW).await.unwrap();
    let visitor = chat.visitor(&eve.token, NOW).await.unwrap();
    let forgotten = chat.start_conversation(&visitor, None, NOW).await.unwrap().0.conversation.id;
    chat.visitor_post(&visitor, &forgotten, text("Forget this"), NOW).await.unwrap();
    assert_eq!(chat.erase(Some(ben), &visitor.id, NOW).await.unwrap(), 1);
    vec![("kim".into(), kim.visitor.id), ("forgotten".into(), forgotten)]
}

fn told() -> Subject {
    Subject { about: About::Channel, app_id: "shop".into(), channel: "news".into(), user_id: String::new() }
}

fn request_key() -> RequestKey {
    RequestKey { principal: "agt_ben".into(), key: "once".into() }
}

/// Reads it all again, by the verbs of today.
pub async fn read(chat: &Chat, known: &Known) {
    for token in ["token", "old_token"] {
        assert_eq!(chat.widget_by_token(&known[token], NOW).await.unwrap().profile.look.id, known["widget"]);
    }
    let login = LoginRequest { email: "ben@shop.example".into(), password: PASSWORD.into(), code: None };
    let ben = chat.login(login, NOW).await.unwrap().agent;
    assert_eq!((ben.profile.role, ben.profile.widgets.clone()), (Role::Owner, vec![known["widget"].clone()]));
    read_talk(chat, &ben, known).await;
    assert_eq!(chat.outbox_head("hook", 3, 9, NOW).await.unwrap().len(), 1);
    assert_eq!(chat.told(None, 9).await.unwrap(), [told()]);
    assert!(!chat.lease("webhooks", "second", NOW, NOW + 9).await.unwrap());
    read_programs(chat, &ben, known).await;
    read_people(chat, &ben, known).await;
    let (name, email) = (String::from("Dora"), String::from("dora@shop.example"));
    let setup = SetupRequest { code: known["invited"].clone(), name, email, password: PASSWORD.into() };
    assert_eq!(chat.setup(setup, NOW).await.unwrap().agent.profile.name, "Dora");
}

async fn read_talk(chat: &Chat, ben: &Agent, known: &Known) {
    let page = chat.agent_page(ben, &known["conversation"], PageQuery::default()).await.unwrap();
    let said: Vec<&str> = page.messages.iter().map(|message| message.message.as_str()).collect();
    assert_eq!(said[..3], ["Is the blue one back?", "Ask the store", "Yes, since Monday."]);
    if let Some(answer) = known.get("answer") {
        assert_eq!(page.messages[1].mentions.len(), 1);
        assert_eq!(page.messages[2].reactions[0].emoji, "👍");
        let versions = chat.versions(ben, answer).await.unwrap().versions;
        assert_eq!(versions[0].message, "Yes, since Sunday.");
        let tags: Vec<String> = chat.tags(ben).await.unwrap().into_iter().map(|one| one.tag).collect();
        assert_eq!(tags, ["blue"]);
    }
    let request = SessionRequest { secret: Some(known["secret"].clone()), ..SessionRequest::default() };
    let session = chat.open_session(&known["widget"], request, NOW).await.unwrap();
    assert_eq!(session.visitor.id, known["visitor"]);
    let ana = chat.visitor(&session.token, NOW).await.unwrap();
    let page = chat.visitor_page(&ana, &known["conversation"], PageQuery::default()).await.unwrap();
    assert!(
        page.messages.iter().all(|message| message.message != "Ask the store"),
        "a note is not for visitors"
    );
    let next = chat.visitor_post(&ana, &known["conversation"], text("Thanks"), NOW).await.unwrap().0;
    assert_eq!(next.seq, page.seq + 1);
}

async fn read_programs(chat: &Chat, ben: &Agent, known: &Known) {
    let Some(webhook) = known.get("webhook") else { return };
    assert_eq!(chat.webhook(ben, webhook).await.unwrap().url, "https://shop.example/hook");
    assert_eq!(chat.deliveries(ben, webhook).await.unwrap()[0].status, Some(204));
    assert_eq!(chat.api_key(&known["key"], NOW).await.unwrap().scopes, [Scope::ConversationsRead]);
    let kept = chat.claim(&request_key(), "hash".into(), NOW).await.unwrap();
    assert_eq!(kept, Some(Kept { status: 201, reply: "{}".into() }));
    assert_eq!(chat.blocks(ben, NOW).await.unwrap()[0].value, "203.0.113.0/24");
    let feed = chat.feed(ben, Some("0"), 50).await.unwrap();
    assert!(feed.events.len() > 8, "from the first fact on");
}

async fn read_people(chat: &Chat, ben: &Agent, known: &Known) {
    let Some(forgotten) = known.get("forgotten") else { return };
    let of = async |visitor: &str| {
        let query = chat::ContactQuery { visitor_id: Some(visitor.into()), ..Default::default() };
        chat.contacts(ben, query).await.unwrap().contacts.remove(0)
    };
    assert_eq!(of(&known["kim"]).await.external_ids, ["kim"]);
    assert!(of(&known["visitor"]).await.external_ids.is_empty(), "an agent recognised her");
    assert_eq!(chat.identity_secrets(ben, &known["widget"]).await.unwrap().secrets.len(), 1);
    // What was to be erased when the database was dumped is erased now.
    while chat.erase_step(NOW).await.unwrap() {}
    let page = chat.agent_page(ben, forgotten, PageQuery::default()).await.unwrap();
    assert!(page.messages.is_empty() && page.seq > 0);
}
