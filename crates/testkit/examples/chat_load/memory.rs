//! Resident memory of a server on which nobody does anything, and with a thousand widgets open. Decides
//! who has been there before; knows nothing of what is said.

use crate::client::listen;
use crate::{runtime, say, world};
use serde_json::json;
use std::time::Duration;
use testkit::process::usage;
use testkit::world::{Visitor, World};
use wire::chat_channel::ChatChannel;

const WIDGETS: usize = 1_000;
/// Until everything an arrival left behind is given back.
const SETTLE: Duration = Duration::from_secs(4);

pub(crate) fn measure(binary: &str) {
    let world = world(binary);
    let ben = world.owner("Ben");
    std::thread::sleep(SETTLE);
    say("idle RSS after one login", rss_mib(&world), "MiB", "<= 20");
    // Those who were there earlier today.
    for visitor in world.visitors(WIDGETS) {
        visitor.start();
    }
    std::thread::sleep(SETTLE);
    say("RSS after 1,000 visitors who have gone", rss_mib(&world), "MiB", "");
    let availability = ChatChannel::WidgetAvailability(ben.widgets[0].clone()).name();
    runtime().block_on(async {
        let mut sockets = Vec::new();
        for visitor in world.visitors(WIDGETS) {
            sockets.push(open(&world, &visitor, &availability).await);
        }
        tokio::time::sleep(SETTLE).await;
        assert!(sockets.iter().all(|socket| !socket.is_finished()), "the server closed an open widget");
        say("RSS with 1,000 open widgets", rss_mib(&world), "MiB", "<= 40");
    });
}

/// A widget that is open: a conversation with its channel, and the channel that says whether anybody is there.
async fn open(world: &World, visitor: &Visitor, availability: &str) -> tokio::task::JoinHandle<()> {
    let own = ChatChannel::Conversation(visitor.start()).name();
    let authorise = |socket_id: &str, channel: &str| match channel == availability {
        true => json!({}),
        false => visitor.authorise(socket_id, channel).json(),
    };
    listen(world.port, &world.key, &[&own, availability], authorise, |_| {}).await
}

fn rss_mib(world: &World) -> f64 {
    usage(world.pid().expect("the server runs")).rss_kib / 1024.0
}
