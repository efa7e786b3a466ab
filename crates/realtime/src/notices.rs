//! Which app's owner is told of what happens on its channels. Decides only whom to call; knows
//! nothing of why something changed.

use crate::app::{Notice, OnNotice};
use parking_lot::RwLock;

/// The hooks of all apps, by the app's index; shared by all shards.
#[derive(Default)]
pub(crate) struct Notices(RwLock<Vec<Option<OnNotice>>>);

impl Notices {
    pub(crate) fn new(hooks: Vec<Option<OnNotice>>) -> Notices {
        Notices(RwLock::new(hooks))
    }

    /// Other hooks from now on.
    pub(crate) fn exchange(&self, hooks: Vec<Option<OnNotice>>) {
        *self.0.write() = hooks;
    }

    /// Whom this app's owner wants to be told by.
    pub(crate) fn hook(&self, app: u16) -> Option<OnNotice> {
        self.0.read().get(usize::from(app)).cloned().flatten()
    }

    /// Tells the app's owner, if it asked to be told; `notice` is not even made otherwise.
    pub(crate) fn raise<'a>(&self, app: u16, notice: impl FnOnce() -> Notice<'a>) {
        if let Some(hook) = self.hook(app) {
            hook(&notice());
        }
    }
}
