//! How a hub ends: no more connections, then 4200 to everybody, spread over time, then good-bye to the
//! other nodes. Knows nothing of why.

use crate::Hub;
use crate::lane::Order;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// What a drain waits for peers that do not answer the close frame, beyond its time.
const DRAIN_GRACE: Duration = Duration::from_secs(5);
/// How long whoever was asked to come back stays present for the other nodes: longer than the first
/// tries of pusher-js take.
const LINGER: Duration = Duration::from_secs(3);

impl Hub {
    /// Closes the listeners, and returns when they are closed; open connections stay. Others may be
    /// listened on later.
    pub fn stop_accepting(&self) {
        self.door.stop.send_replace(true);
        for acceptor in self.door.acceptors.lock().drain(..) {
            // It can only have panicked, and then its listener is closed as well.
            let _ = acceptor.join();
        }
        self.door.stop.send_replace(false);
    }

    /// Closes every socket with 4200, spread over the time given, and answers when all are
    /// gone, or a few seconds after that time. Needs a tokio runtime with time.
    pub async fn drain(&self, within: Duration) {
        self.ask_back(within).await;
        self.core().bus.leave().await;
    }

    /// The same where the clients are expected back on another node (ruling 19): on its rosters they
    /// stay until this one says good-bye, three seconds after the last socket, so that coming back is
    /// neither a leave nor a join.
    pub async fn drain_to_others(&self, within: Duration) {
        self.core().lingers.store(true, Relaxed);
        self.ask_back(within).await;
        if self.core().has_lingering.load(Relaxed) {
            tokio::time::sleep(LINGER).await;
        }
        self.core().bus.leave().await;
    }

    async fn ask_back(&self, within: Duration) {
        let core = self.core();
        for lane in core.lanes.iter() {
            lane.tell(Order::Drain { within });
        }
        let all_gone = async {
            loop {
                let empty = core.empty.notified();
                if core.connections.load(Relaxed) == 0 {
                    return;
                }
                empty.await;
            }
        };
        // Whoever is left after that is cut when the threads end.
        let _ = tokio::time::timeout(within + DRAIN_GRACE, all_gone).await;
    }
}
