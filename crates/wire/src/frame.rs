//! The Pusher envelope.

/// Whose rows to follow where hosted Pusher and Laravel Reverb differ (contract 1.16).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compat {
    /// Hosted Pusher.
    #[default]
    Pusher,
    /// Laravel Reverb: errors with string data, looser channel names, 1009 for oversized frames.
    Reverb,
}
