//! Who may see what, and that the answer for what is not yours is the answer for what is not.

use crate::common::{NOW, World, on_both_engines, refused, text};
use chat::{Agent, PageQuery, Visitor};
use wire::chat_channel::ChatChannel;
use wire::{Refusal, Refused};

on_both_engines!(
    ruling_8_another_visitors_conversation_reads_like_an_unknown_one,
    ruling_8_an_agent_of_another_widget_finds_nothing,
    an_agent_on_the_widget_finds_what_the_owner_finds,
    a_removed_agent_finds_nothing,
    ids_of_any_shape_are_merely_unknown,
    visitors_join_their_own_channels_alone,
    agents_join_the_channels_of_their_widgets_alone,
);

/// Every verb of a visitor on this conversation.
async fn refusals_of_visitor(world: &World, visitor: &Visitor, id: &str, message: &str) -> Vec<Refused> {
    let chat = &world.chat;
    vec![
        chat.visitor_page(visitor, id, PageQuery::default()).await.unwrap_err(),
        chat.visitor_page(visitor, id, PageQuery { after: Some(0), ..Default::default() }).await.unwrap_err(),
        chat.visitor_post(visitor, id, text("Hello"), NOW).await.unwrap_err(),
        chat.visitor_reached(visitor, id, message, chat::Reached::Read, NOW).await.unwrap_err(),
    ]
}

/// Every verb of an agent on this conversation.
async fn refusals_of_agent(world: &World, agent: &Agent, id: &str, message: &str) -> Vec<Refused> {
    let chat = &world.chat;
    vec![
        chat.agent_page(agent, id, PageQuery::default()).await.unwrap_err(),
        chat.agent_post(agent, id, text("Hello"), NOW).await.unwrap_err(),
        chat.agent_join(agent, id, &agent.id, NOW).await.unwrap_err(),
        chat.agent_reached(agent, id, message, chat::Reached::Read, NOW).await.unwrap_err(),
    ]
}

async fn ruling_8_another_visitors_conversation_reads_like_an_unknown_one(world: World) {
    let (ana, eve) = (world.ana().await, world.eve().await);
    let conversation = world.conversation(&ana).await;
    let message = world.says(&ana, &conversation, "Hello").await;
    let foreign = refusals_of_visitor(&world, &eve, &conversation, &message.id).await;
    let unknown = refusals_of_visitor(&world, &eve, "cnv_01890000000070008000000000000000", "msg_x").await;
    assert_eq!(foreign, unknown);
    assert!(foreign.iter().all(|refused| *refused == Refusal::UnknownConversation.into()));
    assert_eq!(world.facts().len(), 1);
    // The premise: Ana herself may.
    world.chat.visitor_reached(&ana, &conversation, &message.id, chat::Reached::Read, NOW).await.unwrap();
}

async fn ruling_8_an_agent_of_another_widget_finds_nothing(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let carol = world.carol(&ben).await;
    let conversation = world.conversation(&ana).await;
    let message = world.says(&ana, &conversation, "Hello").await;
    let foreign = refusals_of_agent(&world, &carol, &conversation, &message.id).await;
    let unknown = refusals_of_agent(&world, &carol, "cnv_none", &message.id).await;
    assert_eq!(foreign, unknown);
    assert!(foreign.iter().all(|refused| *refused == Refusal::UnknownConversation.into()));
    assert!(world.inbox(&carol, None, None).await.unwrap().conversations.is_empty());
    assert!(world.chat.widgets_of(&carol).await.unwrap().is_empty());
}

async fn an_agent_on_the_widget_finds_what_the_owner_finds(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let dora = world.colleague(&ben, "Dora", vec![ana.widget_id.clone()]).await;
    let conversation = world.conversation(&ana).await;
    world.says(&ana, &conversation, "Hello").await;
    world.answers(&dora, &conversation, "Hi").await;
    let query = PageQuery::default();
    let by_owner = world.chat.agent_page(&ben, &conversation, query).await.unwrap();
    assert_eq!(world.chat.agent_page(&dora, &conversation, query).await.unwrap(), by_owner);
    assert_eq!(world.inbox(&dora, None, None).await.unwrap().conversations.len(), 1);
    assert_eq!(dora.profile.widgets, [ana.widget_id]);
}

async fn a_removed_agent_finds_nothing(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let dora = world.colleague(&ben, "Dora", vec![ana.widget_id.clone()]).await;
    let conversation = world.conversation(&ana).await;
    let message = world.answers(&dora, &conversation, "Hello").await;
    world.chat.remove_agent(&ben, &dora.id, NOW).await.unwrap();
    let refusals = refusals_of_agent(&world, &dora, &conversation, &message.id).await;
    assert!(refusals.iter().all(|refused| *refused == Refusal::UnknownConversation.into()));
    assert_eq!(refused(world.inbox(&dora, None, None).await), Refusal::SessionExpired);
    assert_eq!(refused(world.chat.widgets_of(&dora).await), Refusal::SessionExpired);
    assert_eq!(refused(world.chat.agents(&dora).await), Refusal::SessionExpired);
    assert!(!world.chat.agent_may_join(&dora, &ChatChannel::AgentsOnline).await);
    // What she said stays, with her name.
    let page = world.page(&ana, &conversation).await;
    assert_eq!(page.messages[0].sender_name, "Dora");
    assert_eq!(page.conversation.agents[0].name, "Dora");
}

async fn ids_of_any_shape_are_merely_unknown(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    let long = "x".repeat(100_000);
    for id in ["", "\0", "cnv_\0", "'; DROP TABLE facts; --", "?1", "$1", "%", "👋", long.as_str()] {
        for refused in refusals_of_visitor(&world, &ana, id, id).await {
            assert_eq!(refused.refusal, Refusal::UnknownConversation, "{id:.20}");
        }
        let chat = &world.chat;
        assert_eq!(
            refused(chat.visitor_reached(&ana, &conversation, id, chat::Reached::Read, NOW).await),
            Refusal::UnknownMessage
        );
        assert_eq!(refused(chat.remove_agent(&ben, id, NOW).await), Refusal::UnknownAgent);
        assert_eq!(refused(chat.new_reset_code(id, NOW).await), Refusal::UnknownAgent);
        assert_eq!(refused(chat.widget_by_token(id, NOW).await), Refusal::UnknownWidget);
        assert_eq!(refused(chat.widget_by_id(id).await), Refusal::NotFound);
        assert_eq!(refused(chat.visitor(id, NOW).await), Refusal::SessionExpired);
        assert_eq!(refused(chat.agent(id, NOW).await), Refusal::SessionExpired);
        let cursor = format!("1.{id}");
        assert!(world.inbox(&ben, Some(&cursor), None).await.is_ok() || id.contains('\0'));
    }
}

async fn visitors_join_their_own_channels_alone(world: World) {
    let (ana, eve) = (world.ana().await, world.eve().await);
    let id = world.conversation(&ana).await;
    let may =
        async |visitor: &Visitor, channel: ChatChannel| world.chat.visitor_may_join(visitor, &channel).await;
    assert!(may(&ana, ChatChannel::Conversation(id.clone())).await);
    assert!(may(&ana, ChatChannel::ConversationAlias(id.clone())).await);
    assert!(!may(&eve, ChatChannel::Conversation(id.clone())).await);
    assert!(!may(&eve, ChatChannel::ConversationAlias(id.clone())).await);
    assert!(!may(&ana, ChatChannel::Conversation("cnv_none".into())).await);
    for inner in [
        ChatChannel::AgentsConversation(id.clone()),
        ChatChannel::AgentsViewing(id),
        ChatChannel::AgentsWidget(ana.widget_id.clone()),
        ChatChannel::AgentsOnline,
    ] {
        assert!(!may(&ana, inner.clone()).await, "{inner:?}");
    }
}

async fn agents_join_the_channels_of_their_widgets_alone(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let carol = world.carol(&ben).await;
    let id = world.conversation(&ana).await;
    for channel in [
        ChatChannel::Conversation(id.clone()),
        ChatChannel::ConversationAlias(id.clone()),
        ChatChannel::AgentsConversation(id.clone()),
        ChatChannel::AgentsViewing(id),
        ChatChannel::AgentsWidget(ana.widget_id.clone()),
    ] {
        assert!(world.chat.agent_may_join(&ben, &channel).await, "{channel:?}");
        assert!(!world.chat.agent_may_join(&carol, &channel).await, "{channel:?}");
    }
    assert!(world.chat.agent_may_join(&carol, &ChatChannel::AgentsOnline).await);
    for unknown in [ChatChannel::Conversation("cnv_x".into()), ChatChannel::AgentsWidget("wgt_x".into())] {
        assert!(!world.chat.agent_may_join(&ben, &unknown).await);
    }
    world.chat.close().await;
    assert!(!world.chat.agent_may_join(&ben, &ChatChannel::AgentsOnline).await);
}
