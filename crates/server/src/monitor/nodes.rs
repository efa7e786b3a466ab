//! Which nodes serve, each by its own word: said to the others every two seconds, forgotten when it stops coming.
//! Knows nothing of how nodes hear each other.

use crate::caller::SignedAgent;
use crate::desk::{Desk, now_ms, steady_ms};
use crate::nodes::Word;
use crate::reply::{Answer, ok};
use crate::serve::storage_name;
use axum::extract::State;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::monitor::{Health, ListedNode, NodeStatus, NodesReply};

/// Between two words of a node.
const SAYS: Duration = Duration::from_secs(2);
/// A node that says nothing for so long is not there.
const FORGOTTEN_MS: u64 = 8_000;
/// Nodes that are remembered; more on one bus would be somebody's mistake.
const NODES: usize = 256;

/// What the nodes last said, and when, by the steady clock.
#[derive(Default)]
pub struct Board(Mutex<HashMap<String, (NodeStatus, u64)>>);

impl Board {
    /// A node said how it is.
    pub fn hear(&self, node: NodeStatus, now_ms: u64) {
        let mut nodes = self.0.lock();
        nodes.retain(|_, (_, heard_ms)| *heard_ms + FORGOTTEN_MS > now_ms);
        if nodes.len() < NODES || nodes.contains_key(&node.id) {
            nodes.insert(node.id.clone(), (node, now_ms));
        }
    }

    /// This one first, then by address.
    fn list(&self, me: &str, now_ms: u64) -> Vec<ListedNode> {
        let nodes = self.0.lock();
        let there = nodes.values().filter(|(_, heard_ms)| *heard_ms + FORGOTTEN_MS > now_ms);
        let listed = |(node, heard_ms): &(NodeStatus, u64)| ListedNode {
            node: node.clone(),
            heard_ms: now_ms - heard_ms,
        };
        let mut listed: Vec<ListedNode> = there.map(listed).collect();
        listed.sort_by(|a, b| {
            let key = |one: &ListedNode| (one.node.id != me, one.node.address.clone(), one.node.id.clone());
            key(a).cmp(&key(b))
        });
        listed
    }
}

/// Says how this node is until the server ends.
pub async fn keep(desk: Arc<Desk>) {
    let mut tick = tokio::time::interval(SAYS);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        // A server that is alone asks its database nothing for nobody.
        if desk.hub.stats().bus.is_some() {
            Word::Here(look(&desk).await).tell(&desk.hub);
        }
    }
}

/// This node, now.
async fn look(desk: &Desk) -> NodeStatus {
    let began = Instant::now();
    let database = if desk.chat.is_alive().await.is_ok() { Health::Good } else { Health::Away };
    let database_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let stats = desk.hub.stats();
    NodeStatus {
        id: desk.hub.node(),
        address: format!("{}:{}", desk.settings.host, desk.settings.port),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_ms: now_ms().saturating_sub(desk.metrics.uptime_s() * 1_000),
        connections: stats.connections,
        link_lag_ms: stats.bus.and_then(|bus| bus.lag_ms),
        storage: storage_name(&desk.settings).to_owned(),
        database,
        database_us,
        redis: match (&desk.settings.redis, stats.bus) {
            (None, _) => Health::None,
            (Some(_), Some(bus)) if bus.is_up => Health::Good,
            (Some(_), _) => Health::Away,
        },
    }
}

/// `GET /api/v1/monitor/nodes`. This node is looked at now, the others are as they last said.
pub async fn list(State(desk): State<Arc<Desk>>, _admin: SignedAgent) -> Answer {
    let me = look(&desk).await;
    let id = me.id.clone();
    desk.monitor.nodes.hear(me, steady_ms());
    let nodes = desk.monitor.nodes.list(&id, steady_ms());
    Ok(ok(&NodesReply { success: true, me: id, nodes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, address: &str) -> NodeStatus {
        NodeStatus {
            id: id.to_owned(),
            address: address.to_owned(),
            version: String::new(),
            started_ms: 0,
            connections: 0,
            link_lag_ms: None,
            storage: "sqlite".to_owned(),
            database: Health::Good,
            database_us: 0,
            redis: Health::None,
        }
    }

    #[test]
    fn a_node_is_there_while_it_says_so_and_this_one_stands_first() {
        let board = Board::default();
        board.hear(node("a", "10.0.0.1:1"), 1_000);
        board.hear(node("me", "10.0.0.2:1"), 6_000);
        board.hear(node("b", "10.0.0.3:1"), 6_000);
        let ids = |now_ms| {
            board.list("me", now_ms).into_iter().map(|one| (one.node.id, one.heard_ms)).collect::<Vec<_>>()
        };
        assert_eq!(ids(7_000), [("me".into(), 1_000), ("a".into(), 6_000), ("b".into(), 1_000)]);
        assert_eq!(ids(9_000), [("me".into(), 3_000), ("b".into(), 3_000)]);
    }

    #[test]
    fn on_a_full_board_those_who_are_there_are_heard_on_and_nobody_else() {
        let board = Board::default();
        (0..NODES).for_each(|number| board.hear(node(&number.to_string(), ""), 1_000));
        board.hear(node("0", ""), 5_000);
        board.hear(node("late", ""), 5_000);
        let ids: Vec<String> = board.list("", 9_500).into_iter().map(|one| one.node.id).collect();
        assert_eq!(ids, ["0"]);
    }
}
