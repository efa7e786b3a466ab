//! The channels of the chat's own app (rulings 4 and 7): their names, and back from a
//! name to what it stands for. Knows nothing of who may join; the chat decides that.

/// A channel of the chat, by what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChatChannel {
    /// `private-chat.conversation.{id}`: seed B's, the canonical one; visitor and agents.
    Conversation(String),
    /// `private-conversation.{id}`: seed A's alias of the same.
    ConversationAlias(String),
    /// `private-agents.widget.{id}`: changes of a widget's list of conversations.
    AgentsWidget(String),
    /// `private-agents.conversation.{id}`: every fact of a conversation, inner ones included.
    AgentsConversation(String),
    /// `presence-agents`: which agents are online.
    AgentsOnline,
    /// `presence-agents.conversation.{id}`: which agents look at a conversation.
    AgentsViewing(String),
    /// `cache-widget.{id}`: availability, for anyone on a page with the widget.
    WidgetAvailability(String),
}

const CONVERSATION: &str = "private-chat.conversation.";
const CONVERSATION_ALIAS: &str = "private-conversation.";
const AGENTS_WIDGET: &str = "private-agents.widget.";
const AGENTS_CONVERSATION: &str = "private-agents.conversation.";
const AGENTS_ONLINE: &str = "presence-agents";
const AGENTS_VIEWING: &str = "presence-agents.conversation.";
const WIDGET_AVAILABILITY: &str = "cache-widget.";

impl ChatChannel {
    /// Do visitors listen to it? All others are the agents' and the widget's.
    pub fn is_visitors(&self) -> bool {
        matches!(self, ChatChannel::Conversation(_) | ChatChannel::ConversationAlias(_))
    }

    /// The name on the wire.
    pub fn name(&self) -> String {
        match self {
            ChatChannel::Conversation(id) => format!("{CONVERSATION}{id}"),
            ChatChannel::ConversationAlias(id) => format!("{CONVERSATION_ALIAS}{id}"),
            ChatChannel::AgentsWidget(id) => format!("{AGENTS_WIDGET}{id}"),
            ChatChannel::AgentsConversation(id) => format!("{AGENTS_CONVERSATION}{id}"),
            ChatChannel::AgentsOnline => AGENTS_ONLINE.to_owned(),
            ChatChannel::AgentsViewing(id) => format!("{AGENTS_VIEWING}{id}"),
            ChatChannel::WidgetAvailability(id) => format!("{WIDGET_AVAILABILITY}{id}"),
        }
    }

    /// What a name stands for; `None` for names that are not the chat's.
    pub fn parse(name: &str) -> Option<ChatChannel> {
        if name == AGENTS_ONLINE {
            return Some(ChatChannel::AgentsOnline);
        }
        type Kind = fn(String) -> ChatChannel;
        let kinds: [(&str, Kind); 6] = [
            (CONVERSATION, ChatChannel::Conversation),
            (CONVERSATION_ALIAS, ChatChannel::ConversationAlias),
            (AGENTS_WIDGET, ChatChannel::AgentsWidget),
            (AGENTS_CONVERSATION, ChatChannel::AgentsConversation),
            (AGENTS_VIEWING, ChatChannel::AgentsViewing),
            (WIDGET_AVAILABILITY, ChatChannel::WidgetAvailability),
        ];
        kinds.iter().find_map(|(prefix, kind)| name.strip_prefix(prefix).map(|id| kind(id.to_owned())))
    }

    /// Is this name the server's own on the chat's app, so that no other publisher may use it
    /// (ruling 4)? The two conversation channels are the exception: seed A publishes there.
    pub fn reserved_for_server(name: &str) -> bool {
        ["private-agents", "presence-agents", "cache-widget."].iter().any(|p| name.starts_with(p))
    }

    /// The other channel of the same conversation, to which typing is bridged (ruling 3).
    pub fn typing_bridge(name: &str) -> Option<String> {
        match ChatChannel::parse(name)? {
            ChatChannel::Conversation(id) => Some(ChatChannel::ConversationAlias(id).name()),
            ChatChannel::ConversationAlias(id) => Some(ChatChannel::Conversation(id).name()),
            ChatChannel::AgentsWidget(_)
            | ChatChannel::AgentsConversation(_)
            | ChatChannel::AgentsOnline
            | ChatChannel::AgentsViewing(_)
            | ChatChannel::WidgetAvailability(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back_from_its_name() {
        let id = || "cnv_1".to_owned();
        for channel in [
            ChatChannel::Conversation(id()),
            ChatChannel::ConversationAlias(id()),
            ChatChannel::AgentsWidget(id()),
            ChatChannel::AgentsConversation(id()),
            ChatChannel::AgentsOnline,
            ChatChannel::AgentsViewing(id()),
            ChatChannel::WidgetAvailability(id()),
        ] {
            assert_eq!(ChatChannel::parse(&channel.name()), Some(channel));
        }
        assert_eq!(ChatChannel::parse("private-orders.1"), None);
    }

    #[test]
    fn ruling_4_agents_and_widget_names_are_reserved_and_conversations_are_not() {
        for name in
            ["private-agents", "private-agents.widget.x", "presence-agents.conversation.x", "cache-widget.x"]
        {
            assert!(ChatChannel::reserved_for_server(name), "{name}");
        }
        for name in ["private-chat.conversation.x", "private-conversation.x", "news"] {
            assert!(!ChatChannel::reserved_for_server(name), "{name}");
        }
    }
}
