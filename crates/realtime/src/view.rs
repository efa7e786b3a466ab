//! What whoever runs the server may see of a hub: figures of each app, and open connections by the
//! piece. Decides how a look stays cheap for those who are served; changes nothing.

use crate::Hub;
use crate::connection::Connection;
use crate::lane::Order;
use crate::shard::Shard;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::oneshot;
use wire::Refusal;

/// Connections looked at before the shard's other tasks get their turn.
const LOOKS_PER_TURN: usize = 1_024;

/// Figures of one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppStats {
    /// Its id.
    pub id: String,
    /// Open connections.
    pub connections: u64,
    /// Channels with subscribers.
    pub channels: u64,
    /// Members of presence channels, one for each channel a user is on.
    pub members: u64,
    /// Events published since the start, by the server and over the HTTP API.
    pub published: u64,
    /// Client events accepted since the start.
    pub client_events: u64,
}

/// Which connections to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Of this app only.
    pub app_id: Option<String>,
    /// Only subscribers of this channel; of the app given.
    pub channel: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// One open connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Whose.
    pub app_id: String,
    /// As the hello named it.
    pub socket_id: String,
    /// The other end of the TCP connection: the proxy's, behind one.
    pub peer: Option<SocketAddr>,
    /// Seconds since it came.
    pub open_s: u64,
    /// Seconds since bytes last came.
    pub silent_s: u64,
    /// Channels it has joined.
    pub channels: usize,
    /// Users its subscriptions are signed for.
    pub users: Vec<String>,
    /// Bytes it has not read yet.
    pub waiting_bytes: usize,
}

/// An order to look, as a shard gets it.
pub(crate) struct LookOrder {
    pub(crate) app: Option<u16>,
    pub(crate) channel: Option<Arc<str>>,
    pub(crate) limit: usize,
    pub(crate) reply: oneshot::Sender<Vec<Seen>>,
}

impl Hub {
    /// Figures of each app that is served, in the order of their configuration.
    pub fn app_stats(&self) -> Vec<AppStats> {
        let core = self.core();
        let members = core.rosters.members();
        let stats = |(app, id): (u16, String)| AppStats {
            id,
            connections: core.registry.connections(app) as u64,
            channels: core.occupancy.channels_of(app) as u64,
            members: members.get(&app).copied().unwrap_or_default(),
            published: core.registry.tally(app).published(),
            client_events: core.registry.tally(app).client_events(),
        };
        core.registry.numbered().into_iter().map(stats).collect()
    }

    /// How often sockets were told each "no" of the table.
    pub fn refusals(&self) -> impl Iterator<Item = (Refusal, u64)> {
        let lanes = &self.core().lanes;
        let sum = |refusal: Refusal| lanes.iter().map(|lane| lane.counters.refusals.of(refusal)).sum();
        Refusal::ALL.iter().map(move |refusal| (*refusal, sum(*refusal)))
    }

    /// Open connections, the oldest first; nothing for an app that is not served. Each shard
    /// answers between its other work, some hundred connections at a time.
    pub async fn look(&self, look: Look) -> Vec<Seen> {
        let app = look.app_id.as_deref().map(|id| self.index(id));
        if app == Some(None) || look.channel.is_some() && app.is_none() {
            return Vec::new();
        }
        let channel: Option<Arc<str>> = look.channel.map(Into::into);
        let mut answers = Vec::new();
        for lane in self.core().lanes.iter() {
            let (reply, answer) = oneshot::channel();
            let (app, channel, limit) = (app.flatten(), channel.clone(), look.limit);
            lane.tell(Order::Look(LookOrder { app, channel, limit, reply }));
            answers.push(answer);
        }
        let mut seen = Vec::new();
        for answer in answers {
            // A shard that ended has no connections.
            seen.extend(answer.await.unwrap_or_default());
        }
        seen.sort_by(|a, b| b.open_s.cmp(&a.open_s).then_with(|| a.socket_id.cmp(&b.socket_id)));
        seen.truncate(look.limit);
        seen
    }
}

impl Shard {
    /// Answers an order to look.
    pub(crate) async fn look(self: Arc<Self>, order: LookOrder) {
        let LookOrder { app, channel, limit, reply } = order;
        let mut seen = Vec::new();
        let keys = self.keys(app.zip(channel));
        for some in keys.chunks(LOOKS_PER_TURN) {
            for key in some {
                let connection = self.connection(*key);
                let fits = |c: &Arc<Connection>| app.is_none_or(|app| app == c.who.app);
                seen.extend(connection.filter(fits).map(|connection| self.see(&connection)));
                if seen.len() >= limit {
                    // Whoever asked may have gone.
                    let _ = reply.send(seen);
                    return;
                }
            }
            tokio::task::yield_now().await;
        }
        let _ = reply.send(seen);
    }

    fn see(&self, connection: &Connection) -> Seen {
        let now_s = self.now_s();
        let (channels, users) = self.with_tables(|members, _| members.named(connection.who.key));
        Seen {
            app_id: self.app(connection.who.app).id.clone(),
            socket_id: connection.id.to_string(),
            peer: connection.peer(),
            open_s: u64::from(now_s.saturating_sub(connection.opened_s)),
            silent_s: u64::from(now_s.saturating_sub(connection.heard_s())),
            channels,
            users,
            waiting_bytes: connection.waiting(),
        }
    }
}
