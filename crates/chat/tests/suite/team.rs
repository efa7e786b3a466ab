//! The team: what each role may, who comes in by invitation, the second step of signing in, one's own
//! account, and the trail of who did what.

use crate::common::{NOW, PASSWORD, World, app_code, note, on_both_engines, refused, text, upload};
use chat::{Agent, AuditQuery, Call, Reached, Uploader};
use wire::api::{
    AccountChange, AgentChange, AuditKind, ConversationChange, JoinRequest, LoginRequest, NewInvitation,
    NewPassword, Role, WidgetAgentsChange, WidgetChange,
};
use wire::availability::AgentStatus;
use wire::chat_channel::ChatChannel;
use wire::contact::ContactChange;
use wire::{Refusal, limit};

on_both_engines!(
    a_viewer_reads_everything_on_their_widgets_and_changes_nothing,
    that_a_viewer_read_is_told_to_colleagues_alone,
    a_viewer_is_not_assigned_not_brought_in_and_not_counted,
    an_admin_sets_up_widgets_and_team_but_no_owners,
    the_last_owner_stays_an_owner,
    an_invited_person_comes_in_once,
    an_invitation_ends_by_itself_and_by_hand,
    a_second_step_is_switched_on_with_a_first_code,
    a_code_signs_in_once_and_a_recovery_code_once,
    a_second_step_is_switched_off_by_whoever_proves_who_they_are,
    a_second_step_is_demanded_of_all_by_an_owner_who_has_it,
    whoever_gets_a_new_link_sets_up_the_demanded_second_step_anew,
    ben_chooses_who_is_on_a_widget_in_one_go,
    another_password_ends_other_sessions,
    the_trail_says_who_did_what_and_is_for_owners,
    the_trail_is_read_by_page_person_and_kind_and_is_forgotten,
);

async fn with_role(world: &World, ben: &Agent, name: &str, role: Role) -> Agent {
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let added = world.colleague(ben, name, vec![widget]).await;
    let change = AgentChange { role: Some(role), ..AgentChange::default() };
    world.chat.change_agent(ben, &added.id, change, NOW).await.unwrap();
    world.sign_in(name).await
}

async fn a_viewer_reads_everything_on_their_widgets_and_changes_nothing(world: World) {
    let (ben, ana) = (world.ben().await, world.ana().await);
    let vera = with_role(&world, &ben, "Vera", Role::Viewer).await;
    let id = world.conversation(&ana).await;
    let said = world.says(&ana, &id, "Hello").await;
    world.notes(&ben, &id, "A good customer").await;
    let page = world.chat.agent_page(&vera, &id, chat::PageQuery::default()).await.unwrap();
    assert_eq!(page.messages.len(), 2, "the note too");
    assert_eq!(world.inbox(&vera, None, None).await.unwrap().conversations.len(), 1);
    let chat = &world.chat;
    let resolve = ConversationChange { priority: Some(wire::event::Priority::High), ..Default::default() };
    let seq = page.seq;
    for answer in [
        refused(chat.agent_post(&vera, &id, text("Hi"), NOW).await),
        refused(chat.agent_post(&vera, &id, note("Hi"), NOW).await),
        refused(chat.agent_join(&vera, &id, &vera.id, NOW).await),
        refused(chat.agent_join(&vera, &id, &ben.id, NOW).await),
        refused(chat.agent_leave(&vera, &id, &ben.id, NOW).await),
        refused(chat.change_conversation(&vera, &id, resolve, NOW).await),
        refused(chat.agent_react(&vera, &said.id, "👍", true, NOW).await),
        refused(chat.agent_edit(&vera, &said.id, "Hey".into(), NOW).await),
        refused(chat.agent_delete(&vera, &said.id, NOW).await),
        refused(chat.begin_upload(&Uploader::from(&vera), upload(&id, "a.png"), NOW).await),
        refused(chat.link_visitor(&vera, &ana.id, Default::default(), NOW).await),
        refused(chat.unlink_visitor(&vera, &ana.id, NOW).await),
        refused(chat.set_status(&vera, AgentStatus::Online).await),
        refused(chat.change_widget(&vera, &ana.widget_id, WidgetChange::default()).await),
        refused(chat.team(&vera, NOW).await),
    ] {
        assert_eq!(answer, Refusal::NotAllowed);
    }
    let contact = chat.link_visitor(&ben, &ana.id, Default::default(), NOW).await.unwrap();
    assert!(chat.contact(&vera, &contact.id).await.is_ok());
    let changed = chat.change_contact(&vera, &contact.id, ContactChange::default(), NOW).await;
    assert_eq!(refused(changed), Refusal::NotAllowed);
    assert_eq!(chat.agent_page(&ben, &id, chat::PageQuery::default()).await.unwrap().messages.len(), 2);
    assert!(seq > 0);
    // Of other widgets she sees what everybody without access sees.
    let change = AgentChange { widgets: Some(Vec::new()), ..AgentChange::default() };
    chat.change_agent(&ben, &vera.id, change, NOW).await.unwrap();
    let page = chat.agent_page(&vera, &id, chat::PageQuery::default()).await;
    assert_eq!(refused(page), Refusal::UnknownConversation);
    assert_eq!(refused(chat.agent_post(&vera, &id, text("Hi"), NOW).await), Refusal::UnknownConversation);
}

async fn that_a_viewer_read_is_told_to_colleagues_alone(world: World) {
    let (ben, ana) = (world.ben().await, world.ana().await);
    let vera = with_role(&world, &ben, "Vera", Role::Viewer).await;
    let id = world.conversation(&ana).await;
    let said = world.says(&ana, &id, "Hello").await;
    let before = world.page(&ana, &id).await;
    world.chat.agent_reached(&vera, &id, &said.id, Reached::Read, NOW).await.unwrap();
    let row = &world.inbox(&vera, None, None).await.unwrap().conversations[0];
    assert_eq!(row.read_visitor_messages, 1, "nothing unread is left for her");
    let after = world.page(&ana, &id).await;
    assert_eq!(
        (after.seq, after.conversation.receipts.len()),
        (before.seq, before.conversation.receipts.len())
    );
    let colleagues = world.chat.agent_page(&ben, &id, chat::PageQuery::default()).await.unwrap();
    assert!(colleagues.receipts.iter().any(|receipt| receipt.reader_id == vera.id));
    world.chat.agent_reached(&ben, &id, &said.id, Reached::Read, NOW).await.unwrap();
    assert_eq!(
        world.page(&ana, &id).await.conversation.receipts.len(),
        before.conversation.receipts.len() + 1
    );
}

async fn a_viewer_is_not_assigned_not_brought_in_and_not_counted(world: World) {
    let (ben, ana) = (world.ben().await, world.ana().await);
    let vera = with_role(&world, &ben, "Vera", Role::Viewer).await;
    let id = world.conversation(&ana).await;
    world.says(&ana, &id, "Hello").await;
    let give = ConversationChange { assignee_id: Some(Some(vera.id.clone())), ..Default::default() };
    let given = world.chat.change_conversation(&ben, &id, give, NOW).await;
    assert_eq!(refused(given), Refusal::InvalidField);
    assert_eq!(refused(world.chat.agent_join(&ben, &id, &vera.id, NOW).await), Refusal::UnknownAgent);
    let staffed = world.chat.staffed_widgets().await.unwrap();
    assert!(!staffed[0].availability(|agent| agent == vera.id, NOW).online);
    assert!(staffed[0].availability(|agent| agent == ben.id, NOW).online);
    for (channel, may) in [
        (ChatChannel::Conversation(id.clone()), true),
        (ChatChannel::AgentsConversation(id.clone()), true),
        (ChatChannel::AgentsWidget(ana.widget_id.clone()), true),
        (ChatChannel::AgentsViewing(id.clone()), false),
        (ChatChannel::AgentsOnline, false),
    ] {
        assert_eq!(world.chat.agent_may_join(&vera, &channel).await, may, "{channel:?}");
        assert!(world.chat.agent_may_join(&ben, &channel).await);
    }
}

async fn an_admin_sets_up_widgets_and_team_but_no_owners(world: World) {
    let ben = world.ben().await;
    let alma = with_role(&world, &ben, "Alma", Role::Admin).await;
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let rename = WidgetChange { name: Some("Shop".into()), ..WidgetChange::default() };
    assert!(world.chat.change_widget(&alma, &widget, rename).await.is_ok());
    assert!(world.chat.blocks(&alma, NOW).await.is_ok());
    assert!(world.chat.webhooks(&alma).await.is_ok());
    assert_eq!(refused(world.chat.keys(&alma).await), Refusal::NotAllowed);
    assert_eq!(refused(world.chat.identity_secrets(&alma, &widget).await), Refusal::NotAllowed);
    assert_eq!(refused(world.chat.audit(&alma, AuditQuery::default()).await), Refusal::NotAllowed);
    let carol = world.carol(&alma).await;
    let to = |role| AgentChange { role: Some(role), ..AgentChange::default() };
    world.chat.change_agent(&alma, &carol.id, to(Role::Viewer), NOW).await.unwrap();
    let twice = AgentChange { widgets: Some(vec![widget.clone(), widget.clone()]), ..AgentChange::default() };
    let (team, _) = world.chat.change_agent(&alma, &carol.id, twice, NOW).await.unwrap();
    assert_eq!(team.members.last().unwrap().agent.widgets, std::slice::from_ref(&widget), "once is meant");
    let chat = &world.chat;
    let owner = NewInvitation { role: Role::Owner, widgets: Vec::new(), email: None };
    for answer in [
        refused(chat.change_agent(&alma, &carol.id, to(Role::Owner), NOW).await),
        refused(chat.change_agent(&alma, &ben.id, to(Role::Agent), NOW).await),
        refused(chat.change_agent(&alma, &alma.id, to(Role::Owner), NOW).await),
        refused(chat.remove_agent(&alma, &ben.id, NOW).await),
        refused(chat.reset_second_step(&alma, &ben.id).await),
        refused(chat.invite(&alma, owner, NOW).await),
    ] {
        assert_eq!(answer, Refusal::NotAllowed);
    }
    assert!(chat.remove_agent(&alma, &carol.id, NOW).await.is_ok());
}

async fn the_last_owner_stays_an_owner(world: World) {
    let ben = world.ben().await;
    let to = |role| AgentChange { role: Some(role), ..AgentChange::default() };
    let lowered = world.chat.change_agent(&ben, &ben.id, to(Role::Admin), NOW).await;
    assert_eq!(refused(lowered), Refusal::LastOwner);
    // A key of an owner is nobody who could sign in.
    let key = wire::integration::NewKey {
        name: "Shop".into(),
        scopes: vec![wire::integration::Scope::AgentsRead],
        widgets: Vec::new(),
    };
    world.chat.new_key(&ben, key, NOW).await.unwrap();
    let lowered = world.chat.change_agent(&ben, &ben.id, to(Role::Admin), NOW).await;
    assert_eq!(refused(lowered), Refusal::LastOwner);
    let carol = world.carol(&ben).await;
    world.chat.change_agent(&ben, &carol.id, to(Role::Owner), NOW).await.unwrap();
    let (team, may_else) = world.chat.change_agent(&ben, &ben.id, to(Role::Viewer), NOW).await.unwrap();
    assert!(may_else);
    let roles: Vec<Role> = team.members.iter().map(|member| member.agent.role).collect();
    assert!(roles.contains(&Role::Owner) && roles.contains(&Role::Viewer));
    assert_eq!(refused(world.chat.team(&ben, NOW).await), Refusal::NotAllowed, "as of now");
    assert_eq!(refused(world.chat.remove_agent(&carol, &carol.id, NOW).await), Refusal::NotAllowed);
}

fn join(code: &str) -> JoinRequest {
    JoinRequest {
        code: code.into(),
        name: "Carol".into(),
        email: "carol@shop.example".into(),
        password: PASSWORD.into(),
    }
}

async fn an_invited_person_comes_in_once(world: World) {
    let ben = world.ben().await;
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let new = NewInvitation {
        role: Role::Viewer,
        widgets: vec![widget.clone()],
        email: Some("carol@shop.example".into()),
    };
    let (code, waiting) = world.chat.invite(&ben, new, NOW).await.unwrap();
    assert_eq!((waiting.len(), waiting[0].by.as_str()), (1, "Ben"));
    let invited = world.chat.invited(&code, NOW).await.unwrap();
    assert_eq!(
        (invited.role, invited.email.as_deref(), &*invited.by),
        (Role::Viewer, Some("carol@shop.example"), "Ben")
    );
    let short = JoinRequest { password: "short".into(), ..join(&code) };
    assert!(world.chat.join_team(short, NOW).await.is_err());
    let carol = world.chat.join_team(join(&code), NOW).await.unwrap();
    assert_eq!((carol.agent.profile.role, &carol.agent.profile.widgets), (Role::Viewer, &vec![widget]));
    assert!(world.chat.agent(&carol.token, NOW).await.is_ok());
    assert_eq!(refused(world.chat.invited(&code, NOW).await), Refusal::InvitationInvalid);
    assert_eq!(refused(world.chat.join_team(join(&code), NOW).await), Refusal::InvitationInvalid);
    assert!(world.chat.team(&ben, NOW).await.unwrap().invitations.is_empty());
    let nowhere = NewInvitation { role: Role::Agent, widgets: vec!["wgt_x".into()], email: None };
    assert_eq!(refused(world.chat.invite(&ben, nowhere, NOW).await), Refusal::InvalidField);
}

async fn an_invitation_ends_by_itself_and_by_hand(world: World) {
    let ben = world.ben().await;
    let new = || NewInvitation { role: Role::Agent, widgets: Vec::new(), email: None };
    let (code, waiting) = world.chat.invite(&ben, new(), NOW).await.unwrap();
    let late = NOW + limit::INVITATION_S * 1_000;
    assert!(world.chat.invited(&code, late - 1).await.is_ok());
    assert_eq!(refused(world.chat.join_team(join(&code), late).await), Refusal::InvitationInvalid);
    let left = world.chat.withdraw(&ben, &waiting[0].id, NOW).await.unwrap();
    assert!(left.is_empty());
    assert_eq!(refused(world.chat.join_team(join(&code), NOW).await), Refusal::InvitationInvalid);
    assert_eq!(refused(world.chat.withdraw(&ben, &waiting[0].id, NOW).await), Refusal::UnknownEntry);
    assert_eq!(refused(world.chat.invited("guessed", NOW).await), Refusal::InvitationInvalid);
}

/// Ben has a second step; answers his key and recovery codes.
async fn has_second_step(world: &World, ben: &Agent) -> (String, Vec<String>) {
    let key = world.chat.begin_second_step(ben).await.unwrap().key;
    let reply = world.chat.confirm_second_step(ben, &app_code(&key, NOW), NOW).await.unwrap();
    (key, reply.recovery_codes)
}

async fn a_second_step_is_switched_on_with_a_first_code(world: World) {
    let ben = world.ben().await;
    let confirmed = world.chat.confirm_second_step(&ben, "123456", NOW).await;
    assert_eq!(refused(confirmed), Refusal::SecondStepState);
    let first = world.chat.begin_second_step(&ben).await.unwrap();
    assert!(first.uri.starts_with("otpauth://totp/Frontdesk:Ben@shop.example?secret="), "{}", first.uri);
    let begun = world.chat.begin_second_step(&ben).await.unwrap();
    assert_ne!(first.key, begun.key);
    let wrong = world.chat.confirm_second_step(&ben, &app_code(&first.key, NOW), NOW).await;
    assert_eq!(refused(wrong), Refusal::CodeWrong);
    assert!(world.try_sign_in("Ben", None, NOW).await.is_ok(), "it does not stand yet");
    let spaced = app_code(&begun.key, NOW);
    let spaced = format!("{} {}", &spaced[..3], &spaced[3..]);
    let codes = world.chat.confirm_second_step(&ben, &spaced, NOW).await.unwrap().recovery_codes;
    assert_eq!(codes.len(), limit::RECOVERY_CODES);
    assert!(codes.iter().all(|code| code.len() == 19 && code.split('-').count() == 4), "{codes:?}");
    let account = world.chat.account(&ben, NOW).await.unwrap();
    assert_eq!((account.two_factor, account.recovery_codes), (true, 10));
    assert!(world.chat.team(&ben, NOW).await.unwrap().members[0].two_factor);
    assert_eq!(refused(world.chat.begin_second_step(&ben).await), Refusal::SecondStepState);
}

async fn a_code_signs_in_once_and_a_recovery_code_once(world: World) {
    let ben = world.ben().await;
    let (key, recovery) = has_second_step(&world, &ben).await;
    assert_eq!(refused(world.try_sign_in("Ben", None, NOW).await), Refusal::SecondStepNeeded);
    let used = world.try_sign_in("Ben", Some(app_code(&key, NOW)), NOW).await;
    assert_eq!(refused(used), Refusal::CodeWrong, "it confirmed the key");
    let later = NOW + 30_000;
    assert!(world.try_sign_in("Ben", Some(app_code(&key, later)), later).await.is_ok());
    assert_eq!(
        refused(world.try_sign_in("Ben", Some(app_code(&key, later)), later).await),
        Refusal::CodeWrong
    );
    assert_eq!(refused(world.try_sign_in("Ben", Some("000000".into()), later).await), Refusal::CodeWrong);
    let shouted = recovery[0].to_uppercase().replace('-', " ");
    assert!(world.try_sign_in("Ben", Some(shouted), later).await.is_ok());
    assert_eq!(refused(world.try_sign_in("Ben", Some(recovery[0].clone()), later).await), Refusal::CodeWrong);
    assert_eq!(world.chat.account(&ben, later).await.unwrap().recovery_codes, 9);
    let guessed = LoginRequest {
        email: "ben@shop.example".into(),
        password: "not the password".into(),
        code: Some(recovery[1].clone()),
    };
    assert_eq!(
        refused(world.chat.login(guessed, later).await),
        Refusal::WrongPassword,
        "says nothing of codes"
    );
    assert!(world.try_sign_in("Ben", Some(recovery[1].clone()), later).await.is_ok());
}

async fn a_second_step_is_switched_off_by_whoever_proves_who_they_are(world: World) {
    let ben = world.ben().await;
    let end = |proof: &str| world.chat.end_second_step(&ben, proof.to_owned(), NOW);
    assert_eq!(refused(end(PASSWORD).await), Refusal::SecondStepState);
    let (_, recovery) = has_second_step(&world, &ben).await;
    assert_eq!(refused(end("not the password").await), Refusal::ProofWrong);
    end(PASSWORD).await.unwrap();
    assert!(world.try_sign_in("Ben", None, NOW).await.is_ok());
    let (_, again) = has_second_step(&world, &ben).await;
    assert_eq!(refused(end(&recovery[0]).await), Refusal::ProofWrong, "of the key before");
    end(&again[0]).await.unwrap();
    let carol = world.carol(&ben).await;
    has_second_step(&world, &carol).await;
    assert_eq!(refused(world.try_sign_in("Carol", None, NOW).await), Refusal::SecondStepNeeded);
    world.chat.reset_second_step(&ben, &carol.id).await.unwrap();
    assert!(world.try_sign_in("Carol", None, NOW).await.is_ok());
    assert_eq!(refused(world.chat.reset_second_step(&ben, &carol.id).await), Refusal::SecondStepState);
}

async fn a_second_step_is_demanded_of_all_by_an_owner_who_has_it(world: World) {
    let ben = world.ben().await;
    let carol = world.carol(&ben).await;
    let alma = with_role(&world, &ben, "Alma", Role::Admin).await;
    let chat = &world.chat;
    let demand = |by: &Agent, on: bool| {
        let by = by.clone();
        async move { chat.demand_second_step(&by, on, NOW).await }
    };
    assert_eq!(refused(demand(&alma, true).await), Refusal::NotAllowed);
    assert_eq!(refused(demand(&ben, true).await), Refusal::SecondStepState, "he would lock himself out");
    assert!(!chat.team(&ben, NOW).await.unwrap().two_factor_demanded);
    has_second_step(&world, &ben).await;
    let (team, owing) = demand(&ben, true).await.unwrap();
    assert!(team.two_factor_demanded);
    assert_eq!(owing, [carol.id.clone(), alma.id.clone()]);
    assert!(world.sign_in("Carol").await.owes_second_step);
    assert_eq!(refused(chat.end_second_step(&ben, PASSWORD.into(), NOW).await), Refusal::SecondStepState);
    demand(&ben, true).await.unwrap();
    has_second_step(&world, &carol).await;
    assert!(chat.account(&carol, NOW).await.unwrap().two_factor_demanded);
    assert!(chat.reset_second_step(&ben, &carol.id).await.unwrap(), "she sets it up anew");
    assert!(world.sign_in("Carol").await.owes_second_step);
    assert!(refused(demand(&carol, false).await) == Refusal::NotAllowed);
    let (team, owing) = demand(&ben, false).await.unwrap();
    assert_eq!((team.two_factor_demanded, owing.len()), (false, 0));
    assert!(!world.sign_in("Carol").await.owes_second_step);
    chat.end_second_step(&ben, PASSWORD.into(), NOW).await.unwrap();
    let of = |kind| AuditQuery { kind: Some(kind), ..AuditQuery::default() };
    assert_eq!(kinds(&world, &ben, of(AuditKind::TwoFactorDemanded)).await.len(), 1, "twice is once");
    assert_eq!(kinds(&world, &ben, of(AuditKind::TwoFactorOptional)).await.len(), 1);
}

async fn whoever_gets_a_new_link_sets_up_the_demanded_second_step_anew(world: World) {
    let ben = world.ben().await;
    has_second_step(&world, &ben).await;
    let enter = || async {
        let code = world.chat.new_reset_code("ben@shop.example", NOW).await.unwrap();
        let request = wire::api::SetupRequest {
            code,
            name: "Ben".into(),
            email: "ben@shop.example".into(),
            password: PASSWORD.into(),
        };
        world.chat.setup(request, NOW).await.unwrap().agent
    };
    assert!(!enter().await.owes_second_step);
    let ben = enter().await;
    assert!(world.chat.account(&ben, NOW).await.unwrap().two_factor, "it stays, and he may switch it off");
    world.chat.demand_second_step(&ben, true, NOW).await.unwrap();
    let ben = enter().await;
    assert!(ben.owes_second_step);
    has_second_step(&world, &ben).await;
    assert!(world.chat.account(&ben, NOW).await.unwrap().two_factor);
}

async fn ben_chooses_who_is_on_a_widget_in_one_go(world: World) {
    let ben = world.ben().await;
    let first = world.chat.first_widget(NOW).await.unwrap().look.id;
    let carol = world.colleague(&ben, "Carol", vec![first.clone()]).await;
    let dora = world.colleague(&ben, "Dora", Vec::new()).await;
    let new = wire::api::NewWidget {
        name: "Second".into(),
        color: None,
        greeting: None,
        origins: Vec::new(),
        agents: vec![dora.id.clone(), ben.id.clone()],
    };
    let second = world.chat.new_widget(&ben, new, NOW).await.unwrap().look.id;
    let on = |agents: &[wire::api::AgentProfile], id: &str| {
        agents.iter().find(|agent| agent.id == id).unwrap().widgets.clone()
    };
    let agents = world.chat.agents(&ben).await.unwrap();
    assert_eq!(on(&agents, &dora.id), std::slice::from_ref(&second));
    let change = |join: &[&str], leave: &[&str]| WidgetAgentsChange {
        join: join.iter().map(|&id| id.to_owned()).collect(),
        leave: leave.iter().map(|&id| id.to_owned()).collect(),
    };
    let moved =
        world.chat.change_widget_agents(&ben, &first, change(&[&dora.id], &[&carol.id, &ben.id])).await;
    let (agents, changed) = moved.unwrap();
    assert_eq!(changed, [dora.id.clone(), carol.id.clone()], "Ben is everywhere");
    assert!(on(&agents, &dora.id).contains(&first) && on(&agents, &dora.id).contains(&second));
    assert!(on(&agents, &carol.id).is_empty());
    // All or none.
    let half = world.chat.change_widget_agents(&ben, &first, change(&[&carol.id, "agt_nobody"], &[])).await;
    assert_eq!(refused(half), Refusal::UnknownAgent);
    assert!(on(&world.chat.agents(&ben).await.unwrap(), &carol.id).is_empty());
    let nowhere = world.chat.change_widget_agents(&ben, "wgt_none", change(&[], &[])).await;
    assert_eq!(refused(nowhere), Refusal::UnknownEntry);
    let by_dora = world.chat.change_widget_agents(&dora, &first, change(&[], &[])).await;
    assert_eq!(refused(by_dora), Refusal::NotAllowed);
    let trail = world.chat.audit(&ben, AuditQuery::default()).await.unwrap().entries;
    let said = |kind| trail.iter().filter(|one| one.kind == kind).map(|one| &*one.detail).collect::<Vec<_>>();
    assert_eq!(said(AuditKind::WidgetChanged), ["agents: with Dora; without Carol"]);
    assert_eq!(said(AuditKind::WidgetAdded), ["agents: with Dora"]);
}

async fn another_password_ends_other_sessions(world: World) {
    let ben = world.ben().await;
    let call = Call { at_ms: NOW + 1, from: "192.0.2.7".into(), device: "Firefox".into() };
    let login = LoginRequest { email: "ben@shop.example".into(), password: PASSWORD.into(), code: None };
    let other = world.chat.login(login.clone(), call).await.unwrap();
    let account = world.chat.account(&ben, NOW).await.unwrap();
    let seen: Vec<_> = account.sessions.iter().map(|s| (&*s.address, &*s.device, s.is_this)).collect();
    assert_eq!(seen, [("192.0.2.7", "Firefox", false), ("", "", true)]);
    let change = |old: &str, new: &str| AccountChange {
        name: Some("Benjamin".into()),
        password: Some(NewPassword { old: old.into(), new: new.into() }),
    };
    let wrong = world.chat.change_account(&ben, change("not the password", "another password"), NOW).await;
    assert_eq!(refused(wrong), Refusal::ProofWrong);
    assert!(world.chat.change_account(&ben, change(PASSWORD, "short"), NOW).await.is_err());
    assert!(world.chat.agent(&other.token, NOW).await.is_ok(), "nothing was changed");
    let account = world.chat.change_account(&ben, change(PASSWORD, "another password"), NOW).await.unwrap();
    assert_eq!((account.agent.name.as_str(), account.sessions.len()), ("Benjamin", 1));
    assert_eq!(refused(world.chat.agent(&other.token, NOW).await), Refusal::SessionExpired);
    assert_eq!(refused(world.chat.login(login, NOW).await), Refusal::WrongPassword);
    let login =
        LoginRequest { email: "ben@shop.example".into(), password: "another password".into(), code: None };
    let other = world.chat.login(login, NOW).await.unwrap();
    assert_eq!(world.chat.sign_out_elsewhere(&ben, NOW).await.unwrap().sessions.len(), 1);
    assert_eq!(refused(world.chat.agent(&other.token, NOW).await), Refusal::SessionExpired);
}

async fn kinds(world: &World, owner: &Agent, query: AuditQuery) -> Vec<AuditKind> {
    world.chat.audit(owner, query).await.unwrap().entries.into_iter().map(|entry| entry.kind).collect()
}

async fn the_trail_says_who_did_what_and_is_for_owners(world: World) {
    let ben = world.ben().await;
    let ben = Agent { call: Call { at_ms: NOW + 5, from: "192.0.2.7".into(), ..Call::default() }, ..ben };
    let carol = world.carol(&ben).await;
    assert_eq!(refused(world.chat.audit(&carol, AuditQuery::default()).await), Refusal::NotAllowed);
    let change = AgentChange { role: Some(Role::Viewer), ..AgentChange::default() };
    world.chat.change_agent(&ben, &carol.id, change, NOW).await.unwrap();
    let trail = world.chat.audit(&ben, AuditQuery::default()).await.unwrap().entries;
    let changed = trail.iter().find(|entry| entry.kind == AuditKind::AgentChanged).unwrap();
    assert_eq!(
        (
            changed.agent_name.as_str(),
            changed.about.as_str(),
            changed.detail.as_str(),
            changed.address.as_str()
        ),
        ("Ben", "Carol", "role: agent to viewer", "192.0.2.7")
    );
    let guessed = LoginRequest { email: "carol@shop.example".into(), password: "guess".into(), code: None };
    assert_eq!(refused(world.chat.login(guessed, NOW + 10).await), Refusal::WrongPassword);
    let typo = LoginRequest { email: "my password".into(), password: "guess".into(), code: None };
    assert_eq!(refused(world.chat.login(typo, NOW + 11).await), Refusal::WrongPassword);
    let trail = world.chat.audit(&ben, AuditQuery::default()).await.unwrap().entries;
    assert_eq!((trail[0].kind, trail[0].about.as_str()), (AuditKind::SignInRefused, ""));
    assert_eq!(
        (trail[1].kind, trail[1].about.as_str(), &trail[1].agent_id),
        (AuditKind::SignInRefused, "Carol", &None)
    );
    // What is refused leaves no trace: both are of one transaction.
    let count = trail.len();
    let wrong = AgentChange { widgets: Some(vec!["wgt_x".into()]), name: Some("Dora".into()), role: None };
    assert!(world.chat.change_agent(&ben, &carol.id, wrong, NOW).await.is_err());
    assert_eq!(kinds(&world, &ben, AuditQuery::default()).await.len(), count);
}

async fn the_trail_is_read_by_page_person_and_kind_and_is_forgotten(world: World) {
    let ben = world.ben().await;
    let carol = world.carol(&ben).await;
    for number in 0..5 {
        let call = Call::from(NOW + 100 + number);
        let carol = Agent { call, ..carol.clone() };
        let change = AccountChange { name: Some(format!("Carol {number}")), password: None };
        world.chat.change_account(&carol, change, NOW).await.unwrap();
    }
    let of = |agent_id: Option<&str>, kind| AuditQuery {
        agent_id: agent_id.map(str::to_owned),
        kind,
        limit: Some(3),
        ..AuditQuery::default()
    };
    let query = of(Some(&carol.id), Some(AuditKind::NameChanged));
    let first = world.chat.audit(&ben, query.clone()).await.unwrap();
    let second = world.chat.audit(&ben, AuditQuery { before: first.next.clone(), ..query }).await.unwrap();
    let names: Vec<_> =
        first.entries.iter().chain(&second.entries).map(|entry| entry.about.as_str()).collect();
    assert_eq!(names, ["Carol 4", "Carol 3", "Carol 2", "Carol 1", "Carol 0"]);
    assert_eq!(second.next, None);
    assert_eq!(kinds(&world, &ben, of(None, Some(AuditKind::AgentAdded))).await, [AuditKind::AgentAdded]);
    assert_eq!(kinds(&world, &ben, of(Some(&carol.id), None)).await, [AuditKind::NameChanged; 3]);
    world.chat.forget_audit(NOW + limit::AUDIT_S * 1_000 + 103).await.unwrap();
    assert_eq!(kinds(&world, &ben, AuditQuery::default()).await, [AuditKind::NameChanged; 2]);
}
