//! Widgets and agents: who may change them, and what is kept.

use crate::common::{NOW, PASSWORD, World, on_both_engines, refused};
use wire::Refusal;
use wire::api::{
    AddAgent, Invitation, LoginRequest, PreChatField, Role, SetupRequest, WidgetChange, WidgetSettings,
};

on_both_engines!(
    the_first_widget_is_made_once_and_found_by_its_token,
    s16_a_rotated_token_works_on_for_a_while,
    s16_a_token_can_be_ended_at_once,
    an_invited_agent_sets_the_password_by_the_link,
    the_first_invited_agent_is_an_owner,
    owners_change_widgets_and_what_is_absent_stays,
    what_is_asked_before_the_first_message_is_kept_as_it_is_asked,
    a_change_that_is_not_valid_changes_nothing,
    owners_add_and_remove_agents,
    an_address_is_one_agents_until_they_are_removed,
    agents_who_are_no_owners_change_nothing,
);

fn dora() -> AddAgent {
    AddAgent {
        name: "Dora".into(),
        email: "dora@shop.example".into(),
        password: PASSWORD.into(),
        role: Role::Agent,
        widgets: Vec::new(),
    }
}

async fn the_first_widget_is_made_once_and_found_by_its_token(mut world: World) {
    let widget = world.chat.first_widget(NOW).await.unwrap();
    assert_eq!(widget.token.len(), 64);
    assert!(widget.token.starts_with("cbw_") && widget.origins.is_empty());
    world.reopen().await;
    assert_eq!(world.chat.first_widget(NOW + 5).await.unwrap(), widget);
    assert_eq!(world.chat.widget_by_token(&widget.token, NOW).await.unwrap().profile, widget);
    assert_eq!(world.chat.widget_by_id(&widget.look.id).await.unwrap().look, widget.look);
    assert_eq!(refused(world.chat.widget_by_token("cbw_x", NOW).await), Refusal::UnknownWidget);
    assert_eq!(refused(world.chat.widget_by_id("wgt_x").await), Refusal::NotFound);
}

async fn owners_change_widgets_and_what_is_absent_stays(world: World) {
    let ben = world.ben().await;
    let widget = world.chat.first_widget(NOW).await.unwrap();
    let change = WidgetChange {
        name: Some("Shop".into()),
        origins: Some(vec!["https://Shop.example/".into(), "http://localhost:8000".into()]),
        ..WidgetChange::default()
    };
    let widgets = world.chat.change_widget(&ben, &widget.look.id, change).await.unwrap();
    assert_eq!((widgets.len(), widgets[0].look.name.as_str()), (1, "Shop"));
    assert_eq!(
        (&widgets[0].look.color, &widgets[0].look.greeting, &widgets[0].token),
        (&widget.look.color, &widget.look.greeting, &widget.token)
    );
    assert_eq!(world.chat.origin_lists().await.unwrap(), [widgets[0].origins.clone()]);
    assert_eq!(world.chat.widgets_of(&ben).await.unwrap(), widgets);
    // Sessions know the list of their widget.
    assert_eq!(world.ana().await.origins, widgets[0].origins);
    let unknown = world.chat.change_widget(&ben, "wgt_x", WidgetChange::default()).await;
    assert_eq!(refused(unknown), Refusal::NotFound);
}

async fn what_is_asked_before_the_first_message_is_kept_as_it_is_asked(mut world: World) {
    let ben = world.ben().await;
    let widget = world.chat.first_widget(NOW).await.unwrap();
    assert_eq!((widget.settings.pre_chat.len(), widget.settings.consent), (0, None), "nothing, at first");
    let asks = |consent: &str| WidgetChange {
        settings: Some(WidgetSettings {
            pre_chat: vec![PreChatField::Email, PreChatField::Name, PreChatField::Email],
            consent: Some(consent.into()),
            ..WidgetSettings::default()
        }),
        ..WidgetChange::default()
    };
    let consent = "I have read how my data is used.";
    world.chat.change_widget(&ben, &widget.look.id, asks(consent)).await.unwrap();
    world.reopen().await;
    let kept = world.chat.first_widget(NOW).await.unwrap().settings;
    assert_eq!(kept.pre_chat, [PreChatField::Email, PreChatField::Name]);
    assert_eq!(kept.consent.as_deref(), Some(consent));
    let blank = world.chat.change_widget(&ben, &widget.look.id, asks(" \n")).await.unwrap();
    assert_eq!(blank[0].settings.consent, None);
}

async fn a_change_that_is_not_valid_changes_nothing(world: World) {
    let ben = world.ben().await;
    let widget = world.chat.first_widget(NOW).await.unwrap();
    let long = WidgetSettings { consent: Some("x".repeat(501)), ..WidgetSettings::default() };
    for wrong in [
        WidgetChange { settings: Some(long), ..WidgetChange::default() },
        WidgetChange { color: Some("red".into()), ..WidgetChange::default() },
        WidgetChange { origins: Some(vec!["*".into()]), ..WidgetChange::default() },
        WidgetChange { greeting: Some("x".repeat(501)), ..WidgetChange::default() },
        WidgetChange { name: Some("x".repeat(121)), ..WidgetChange::default() },
    ] {
        let answer = world.chat.change_widget(&ben, &widget.look.id, wrong).await;
        assert_eq!(refused(answer), Refusal::InvalidField);
    }
    assert_eq!(world.chat.widgets_of(&ben).await.unwrap(), [widget]);
}

async fn owners_add_and_remove_agents(world: World) {
    let ben = world.ben().await;
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let request = AddAgent { widgets: vec![widget.clone()], ..dora() };
    let agents = world.chat.add_agent(&ben, request, NOW + 1).await.unwrap();
    assert_eq!(agents.len(), 2);
    assert_eq!((agents[1].role, &agents[1].widgets), (Role::Agent, &vec![widget]));
    assert_eq!(world.chat.agents(&ben).await.unwrap(), agents);
    let nowhere = AddAgent { email: "x@shop.example".into(), widgets: vec!["wgt_x".into()], ..dora() };
    assert_eq!(refused(world.chat.add_agent(&ben, nowhere, NOW).await), Refusal::InvalidField);
    let left = world.chat.remove_agent(&ben, &agents[1].id, NOW).await.unwrap();
    assert_eq!(
        left,
        [ben.profile.clone()].map(|mut me| {
            me.widgets = left[0].widgets.clone();
            me
        })
    );
    for nobody in [agents[1].id.as_str(), "agt_x"] {
        assert_eq!(refused(world.chat.remove_agent(&ben, nobody, NOW).await), Refusal::UnknownAgent);
    }
    assert_eq!(refused(world.chat.remove_agent(&ben, &ben.id, NOW).await), Refusal::NotAllowed);
}

async fn an_address_is_one_agents_until_they_are_removed(world: World) {
    let ben = world.ben().await;
    let first = world.chat.add_agent(&ben, dora(), NOW + 1).await.unwrap().remove(1);
    let shouting = AddAgent { email: "DORA@shop.example".into(), ..dora() };
    assert_eq!(refused(world.chat.add_agent(&ben, shouting.clone(), NOW).await), Refusal::EmailTaken);
    let login = LoginRequest { email: "dora@shop.example".into(), password: PASSWORD.into(), code: None };
    let session = world.chat.login(login.clone(), NOW).await.unwrap();
    world.chat.remove_agent(&ben, &first.id, NOW).await.unwrap();
    assert_eq!(refused(world.chat.agent(&session.token, NOW).await), Refusal::SessionExpired);
    assert_eq!(refused(world.chat.login(login, NOW).await), Refusal::WrongPassword);
    let second = world.chat.add_agent(&ben, shouting, NOW + 2).await.unwrap().remove(1);
    assert_ne!(first.id, second.id);
}

async fn agents_who_are_no_owners_change_nothing(world: World) {
    let ben = world.ben().await;
    let carol = world.carol(&ben).await;
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let change = world.chat.change_widget(&carol, &widget, WidgetChange::default()).await;
    assert_eq!(refused(change), Refusal::NotAllowed);
    assert_eq!(refused(world.chat.add_agent(&carol, dora(), NOW).await), Refusal::NotAllowed);
    assert_eq!(refused(world.chat.remove_agent(&carol, &ben.id, NOW).await), Refusal::NotAllowed);
    // They know their colleagues all the same.
    assert_eq!(world.chat.agents(&carol).await.unwrap().len(), 2);
}

async fn s16_a_rotated_token_works_on_for_a_while(world: World) {
    let old = world.chat.first_widget(NOW).await.unwrap();
    let id = &old.look.id;
    let new = world.chat.rotate_widget(id, 60, NOW).await.unwrap();
    assert_ne!(new.token, old.token);
    let newest = world.chat.rotate_widget(id, 60, NOW + 30_000).await.unwrap();
    let works = async |token: &str, at| match world.chat.widget_by_token(token, at).await {
        Ok(widget) => widget.profile == newest,
        Err(refused) => {
            assert_eq!(refused.refusal, Refusal::UnknownWidget);
            false
        }
    };
    for (token, until) in [(&old.token, 60_000), (&new.token, 90_000)] {
        assert!(works(token, NOW + until - 1).await && !works(token, NOW + until).await, "{until}");
    }
    assert!(works(&newest.token, NOW + 1_000_000).await);
    assert_eq!(refused(world.chat.rotate_widget("wgt_x", 60, NOW).await), Refusal::NotFound);
}

async fn s16_a_token_can_be_ended_at_once(world: World) {
    let first = world.chat.first_widget(NOW).await.unwrap();
    let other = world.chat.add_widget("Other", &["https://Shop.example".into()], NOW + 1).await.unwrap();
    assert_eq!(other.origins, ["https://shop.example"]);
    let second = world.chat.rotate_widget(&first.look.id, 60, NOW).await.unwrap();
    let spare = world.chat.rotate_widget(&other.look.id, 60, NOW).await.unwrap();
    let third = world.chat.rotate_widget(&first.look.id, 0, NOW).await.unwrap();
    for token in [&first.token, &second.token] {
        assert_eq!(refused(world.chat.widget_by_token(token, NOW).await), Refusal::UnknownWidget);
    }
    for (token, id) in
        [(&third.token, &first.look.id), (&other.token, &other.look.id), (&spare.token, &other.look.id)]
    {
        assert_eq!(&world.chat.widget_by_token(token, NOW).await.unwrap().profile.look.id, id);
    }
    assert_eq!(world.chat.all_widgets().await.unwrap(), [third, spare]);
}

fn invitation(name: &str, role: Option<Role>, widgets: &[&str]) -> Invitation {
    let email = format!("{}@shop.example", name.to_lowercase());
    Invitation { name: name.into(), email, role, widgets: widgets.iter().map(ToString::to_string).collect() }
}

async fn an_invited_agent_sets_the_password_by_the_link(world: World) {
    world.ben().await;
    let widget = world.chat.first_widget(NOW).await.unwrap().look.id;
    let unknown = world.chat.invite_agent(invitation("Dora", None, &["wgt_x"]), NOW).await;
    assert_eq!(refused(unknown), Refusal::InvalidField);
    let code = world.chat.invite_agent(invitation("Dora", None, &[&widget]), NOW).await.unwrap();
    let login = |password: &str| LoginRequest {
        email: "dora@shop.example".into(),
        password: password.into(),
        code: None,
    };
    assert_eq!(refused(world.chat.login(login(""), NOW).await), Refusal::WrongPassword);
    let request = SetupRequest {
        code,
        name: String::from("D"),
        email: String::from("d@x.example"),
        password: PASSWORD.into(),
    };
    world.chat.setup(request.clone(), NOW).await.unwrap();
    assert_eq!(refused(world.chat.setup(request, NOW).await), Refusal::SetupLinkInvalid);
    let dora = world.chat.login(login(PASSWORD), NOW).await.unwrap().agent.profile;
    assert_eq!((dora.name.as_str(), dora.role, dora.widgets), ("Dora", Role::Agent, vec![widget]));
    let again = world.chat.invite_agent(invitation("DORA", None, &[]), NOW).await;
    assert_eq!(refused(again), Refusal::EmailTaken);
    assert_eq!(world.chat.all_agents().await.unwrap().len(), 2);
}

async fn the_first_invited_agent_is_an_owner(world: World) {
    let agent = world.chat.invite_agent(invitation("Ben", Some(Role::Agent), &[]), NOW).await;
    assert_eq!(refused(agent), Refusal::NotAllowed);
    world.chat.invite_agent(invitation("Ben", None, &[]), NOW).await.unwrap();
    assert_eq!(world.chat.all_agents().await.unwrap()[0].role, Role::Owner);
}
