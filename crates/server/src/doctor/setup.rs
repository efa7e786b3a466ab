//! What the settings say, before anything runs: contradictions between Laravel's names, samples, and what
//! is open to more people than it should be. Asks no server.

use super::{Finding, either, fail, ok, warn};
use crate::settings::{PublicAddress, Settings};
use crate::{listen, samples};
use ipnet::IpNet;

/// Names that Laravel has twice: for the server, and for the scripts it builds.
const TWICE: [&str; 4] = ["APP_KEY", "HOST", "PORT", "SCHEME"];

/// Laravel's names (A:266, A:268, B:456, B:464).
pub(super) fn read_laravel(said: impl Fn(&str) -> Option<String>) -> Vec<Finding> {
    let differs = |family: &str| {
        TWICE.iter().find_map(|name| {
            let (ours, theirs) = (format!("{family}_{name}"), format!("VITE_{family}_{name}"));
            let (a, b) = said(&ours).zip(said(&theirs))?;
            // What Laravel's own build fills in, and hosted Pusher's API beside its sockets, is none.
            (a != b && !b.contains("${") && !b.ends_with(".pusher.com")).then_some((ours, theirs))
        })
    };
    let environment = match ["REVERB", "PUSHER"].into_iter().find_map(differs) {
        None => ok("environment", "Server and browsers are told the same."),
        Some((ours, theirs)) => warn(
            "environment",
            format!("{theirs} is not {ours}: scripts built with it go elsewhere."),
            format!("Set {theirs}=\"${{{ours}}}\" and build the front end again."),
        ),
    };
    let broadcast = match (said("BROADCAST_CONNECTION").as_deref(), said("BROADCAST_DRIVER")) {
        (None, Some(_)) => warn(
            "broadcast",
            "BROADCAST_DRIVER is the old name and is not read.",
            "Say BROADCAST_CONNECTION=reverb.",
        ),
        (Some("pusher"), _) => warn(
            "broadcast",
            "Messages go through a third party as well (BROADCAST_CONNECTION=pusher).",
            "Say BROADCAST_CONNECTION=reverb to keep them here.",
        ),
        (None | Some(_), _) => ok("broadcast", "Messages stay on this server."),
    };
    vec![environment, broadcast]
}

/// Everything else that the settings alone say.
pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    vec![
        sample_secrets(settings),
        encrypted(settings),
        proxies(settings),
        outbound(settings),
        limits(settings),
        demo(settings),
        debug_bodies(settings),
        descriptors(settings),
        metrics(settings),
    ]
}

fn sample_secrets(settings: &Settings) -> Finding {
    let found = samples::in_use(settings);
    if found.is_empty() {
        return ok("sample-secrets", "No secret is one that was printed in public.");
    }
    let found = format!("Printed in public, and so known to everybody: {}.", found.join(", "));
    fail("sample-secrets", found, "Choose your own, or leave REVERB_APP_* out to have them made.")
}

fn encrypted(settings: &Settings) -> Finding {
    match &settings.public {
        Some(public) if public.scheme == "https" => {
            ok("encryption", format!("Browsers are sent to {}.", public.origin()))
        }
        Some(public) if public.is_loopback() => ok("encryption", "Only this computer is told where to go."),
        Some(public) => fail(
            "encryption",
            format!("Browsers are sent to {}, and everything said can be read on the way.", public.origin()),
            "Set FRONTDESK_PUBLIC_URL=https://…, with a proxy, FRONTDESK_TLS_CERT or FRONTDESK_ACME_DOMAINS.",
        ),
        None => warn(
            "encryption",
            "No public address is set: each request's own is believed.",
            "Set FRONTDESK_PUBLIC_URL=https://… before others come.",
        ),
    }
}

fn is_everybody(net: &IpNet) -> bool {
    net.prefix_len() == 0
}

fn proxies(settings: &Settings) -> Finding {
    either(
        "proxies",
        !settings.trusted_proxies.iter().any(is_everybody),
        [
            "Forwarded addresses are believed from known proxies alone.",
            "Everybody's forwarded address is believed.",
        ],
        "Name the proxy alone in FRONTDESK_TRUSTED_PROXIES.",
    )
}

fn outbound(settings: &Settings) -> Finding {
    let allowed = &settings.outbound_allow;
    if allowed.iter().any(is_everybody) {
        let advice = "Name single networks in FRONTDESK_OUTBOUND_ALLOW.";
        return fail("outbound", "Webhooks may reach every private address.", advice);
    }
    match allowed.len() {
        0 => ok("outbound", "Webhooks reach public addresses alone."),
        count => ok("outbound", format!("Webhooks reach public addresses and {count} private networks.")),
    }
}

fn limits(settings: &Settings) -> Finding {
    let all = [
        ("FRONTDESK_MESSAGES_PER_MINUTE", settings.messages_per_minute),
        ("FRONTDESK_SESSIONS_PER_MINUTE", settings.sessions_per_minute),
        ("FRONTDESK_LOGINS_PER_MINUTE", settings.logins_per_minute),
    ];
    match all.iter().find(|(_, limit)| *limit == 0) {
        None => ok("limits", "Floods of messages, sessions and sign-ins are stopped."),
        Some((name, _)) => fail("limits", format!("{name}=0 stops no flood."), format!("Take {name} out.")),
    }
}

fn demo(settings: &Settings) -> Finding {
    let is_public = !settings.public.as_ref().is_none_or(PublicAddress::is_loopback);
    match (settings.demo, is_public) {
        (true, true) => fail(
            "demo",
            "The test page is open to everybody on a public address.",
            "Take FRONTDESK_DEMO out.",
        ),
        (true, false) => {
            warn("demo", "The test page is open to everybody.", "Take FRONTDESK_DEMO out in the end.")
        }
        (false, _) => ok("demo", "The test page is for this computer alone."),
    }
}

fn debug_bodies(settings: &Settings) -> Finding {
    let advice = "Take FRONTDESK_DEBUG_BODIES out once it was of use.";
    let found = ["The log shows nothing that people say.", "The log shows what people say."];
    either("debug-bodies", !settings.debug_bodies, found, advice)
}

fn descriptors(settings: &Settings) -> Finding {
    // Raises the limit of this process, as the server does with its own.
    match listen::raise_descriptors(settings.max_connections) {
        (room, None) => ok("descriptors", format!("There is room for {room} connections.")),
        (_, Some(sentence)) => {
            warn("descriptors", sentence, "Raise the limit (LimitNOFILE= of the systemd unit).")
        }
    }
}

fn metrics(settings: &Settings) -> Finding {
    let is_behind_proxy = settings.public.as_ref().is_some_and(|public| {
        !public.is_loopback() && public.scheme == "https" && settings.scheme() == "http"
    });
    if is_behind_proxy && settings.metrics_token.is_none() {
        let found = "Behind a proxy that forwards no address, /metrics looks local to everybody.";
        return warn("metrics", found, "Set FRONTDESK_METRICS_TOKEN.");
    }
    ok("metrics", "/metrics is not for strangers.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn what_browsers_are_told_otherwise_is_named() {
        let look = |env: &[(&str, &str)]| {
            let env: Vec<_> = env.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
            read_laravel(move |name| env.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()))
        };
        let same = look(&[("REVERB_HOST", "a.example"), ("VITE_REVERB_HOST", "${REVERB_HOST}")]);
        assert!(same.iter().all(|finding| finding.verdict == Verdict::Ok), "{same:?}");
        let other =
            look(&[("REVERB_PORT", "443"), ("VITE_REVERB_PORT", "8080"), ("BROADCAST_DRIVER", "reverb")]);
        assert!(other[0].found.starts_with("VITE_REVERB_PORT is not REVERB_PORT"), "{other:?}");
        assert!(other[1].found.contains("BROADCAST_DRIVER"), "{other:?}");
    }
}
