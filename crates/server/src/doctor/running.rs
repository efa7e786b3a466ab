//! What the running server does when somebody knocks: an event goes round from signature to socket, and
//! whoever has no right hears no. Knows nothing of how it runs.

use super::line::{Line, Reply};
use super::{Finding, either, fail, ok, warn};
use crate::apps::AppKeys;
use crate::call::{ask, have_done, own_host};
use crate::chore::{Chore, Outcome};
use crate::desk::now_ms;
use crate::operator::Status;
use crate::secrets::{Secrets, random_word};
use crate::settings::Settings;
use anyhow::{Context, Result, ensure};
use http::Method;
use serde_json::{Value, json};
use std::time::Instant;
use wire::sign;

/// The checks here, in their order, for the time when no server runs.
const NAMES: [&str; 17] = [
    "server",
    "websocket",
    "channel-auth",
    "whispers",
    "delivery",
    "fallback",
    "widget-token",
    "visitor-session",
    "sender",
    "foreign-origin",
    "config-reply",
    "console-policy",
    "permissions",
    "widget-script",
    "page-globals",
    "vendor-copies",
    "refusals",
];
/// Milliseconds that an event on this machine may take (R39).
const AT_ONCE_MS: u128 = 100;
/// Refusals that show as errors in a browser's console.
const TELLING: [&str; 6] = [
    "origin-not-allowed",
    "channel-forbidden",
    "unknown-widget",
    "invalid-signature",
    "unknown-app-key",
    "tls-only",
];

/// A server to knock at, with what its folder says of it.
struct Knock<'a> {
    settings: &'a Settings,
    line: Line,
    app: AppKeys,
    widget_token: String,
}

pub(super) async fn look(settings: &Settings) -> Vec<Finding> {
    let status = async {
        Ok(serde_json::from_slice(&ask(settings, Method::GET, "/operator/status", Vec::new()).await?)?)
    };
    // Looking must not make the secrets of a server that never ran.
    let status: Result<Status> = match settings.data.join("secrets.toml").exists() {
        true => status.await,
        false => Err(anyhow::anyhow!("No server ever ran on {}.", settings.data.display())),
    };
    let is_tls = settings.scheme() == "https";
    let first = match &status {
        Ok(status) => ok("server", format!("Release {} listens on {}.", status.version, status.address)),
        Err(_) if is_tls && crate::serve::is_served(&settings.data) => {
            ok("server", "It runs, and speaks TLS alone.")
        }
        Err(error) => fail("server", format!("{error:#}"), "Start it with `frontdesk serve`."),
    };
    if first.verdict == super::Verdict::Fail {
        let rest = NAMES[1..]
            .iter()
            .map(|name| warn(name, "Not looked at, since no server answers.", "See server."));
        return [first].into_iter().chain(rest).collect();
    }
    let mut findings = vec![first];
    match Knock::at(settings).await {
        Ok(knock) => findings.extend(knock.everywhere().await),
        Err(error) => {
            let unseen = |name: &&str| {
                warn(name, format!("Not looked at: {error:#}."), "See secrets-file and schema.")
            };
            findings.extend(NAMES[1..].iter().map(unseen));
        }
    }
    findings
}

impl<'a> Knock<'a> {
    async fn at(settings: &'a Settings) -> Result<Knock<'a>> {
        let app = Secrets::load_or_make(&settings.data)?.chat_app(settings.chat_app.as_ref());
        let Outcome::Widgets(widgets) = have_done(settings, Chore::ListWidgets).await? else {
            anyhow::bail!("the server answered something else");
        };
        let widget_token = widgets.first().context("there is no widget")?.token.clone();
        let host = settings.public.as_ref().map_or("localhost", |public| public.host.as_str()).to_owned();
        let at = own_host(settings).to_owned();
        let line = Line { scheme: settings.scheme(), host, at, port: settings.port };
        Ok(Knock { settings, line, app, widget_token })
    }

    async fn everywhere(&self) -> Vec<Finding> {
        let mut findings = self.round().await;
        findings.extend([
            self.fallback().await,
            self.widget_token().await,
            self.visitor_session().await,
            self.sender().await,
            self.foreign_origin().await,
            self.config_reply().await,
        ]);
        findings.extend(self.console().await);
        findings.extend([self.widget_script().await, self.page_globals().await]);
        findings.extend([self.vendor_copies().await, self.refusals().await]);
        findings
    }

    /// Two sockets, a channel, a whisper and an event: each step has its finding, and the first that
    /// fails says why; those after it were not reached.
    async fn round(&self) -> Vec<Finding> {
        let names = ["websocket", "channel-auth", "whispers", "delivery"];
        let mut findings = Vec::new();
        if let Err(error) = self.steps(&mut findings).await {
            let at = findings.len();
            let advice = "Start with --debug: the log shows every frame.";
            findings.push(fail(names[at], format!("{error:#}."), advice));
            findings.extend(
                names[at + 1..].iter().map(|name| warn(name, "Not reached.", format!("See {}.", names[at]))),
            );
        }
        findings
    }

    async fn steps(&self, findings: &mut Vec<Finding>) -> Result<()> {
        let prefix = &self.settings.path;
        let mut ben = self.line.socket(prefix, &self.app.key).await?;
        let mut ana = self.line.socket(prefix, &self.app.key).await?;
        findings.push(ok("websocket", "A socket comes up on this machine."));

        let channel = format!("private-doctor-{}", random_word(12));
        let data = json!({"user_id": "doctor"}).to_string();
        ana.say(
            "pusher:subscribe",
            None,
            json!({"channel": channel, "auth": format!("{}:00", self.app.key)}),
        )
        .await?;
        let refused = ana.hear().await?;
        ensure!(
            refused["event"] != "pusher_internal:subscription_succeeded",
            "a wrong signature lets a socket in"
        );
        for socket in [&mut ben, &mut ana] {
            let auth = sign::channel_auth(&self.app.key, &self.app.secret, &socket.id, &channel, Some(&data));
            let join = json!({"channel": channel, "auth": auth, "channel_data": data});
            socket.say("pusher:subscribe", None, join).await?;
            socket.hear_until("pusher_internal:subscription_succeeded").await?;
        }
        let body = json!({"socket_id": ana.id, "channel_name": "private-chat.conversation.cnv_none"});
        let stranger = self.post("/broadcasting/auth", &[], &body).await?;
        ensure!(
            stranger.status.as_u16() == 401,
            "/broadcasting/auth answered a stranger with {}",
            stranger.status
        );
        findings.push(ok(
            "channel-auth",
            "The right signature lets a socket join, a wrong one and a stranger do not.",
        ));

        ana.say("client-message", Some(&channel), json!({"on": true})).await?;
        ana.hear_until("pusher:error").await.context("a forged message was not refused")?;
        ana.say("client-typing", Some(&channel), json!({"on": true})).await?;
        ben.hear_until("client-typing").await?;
        findings.push(ok("whispers", "Typing goes from socket to socket, and nothing else does."));

        let (began, event) = (Instant::now(), "doctor-event");
        self.publish(&channel, event, Some(&ana.id)).await?;
        ben.hear_until(event).await?;
        let took_ms = began.elapsed().as_millis();
        self.publish(&channel, "doctor-last", None).await?;
        let before = ana.hear_until("doctor-last").await?;
        ensure!(
            !before.iter().any(|frame| frame["event"] == event),
            "the sender's own socket heard its event"
        );
        findings.push(match took_ms {
            took_ms if took_ms <= AT_ONCE_MS => {
                ok("delivery", format!("An event was heard after {took_ms} ms, and not by its sender."))
            }
            took_ms => warn(
                "delivery",
                format!("An event was heard only after {took_ms} ms."),
                "Is the machine busy? See `frontdesk status`.",
            ),
        });
        Ok(())
    }

    async fn publish(&self, channel: &str, event: &str, except: Option<&str>) -> Result<()> {
        let body =
            json!({"name": event, "channels": [channel], "data": "{}", "socket_id": except}).to_string();
        let path = format!("/apps/{}/events", self.app.id);
        let now_s = now_ms() / 1_000;
        let query =
            sign::signed_query("POST", &path, &self.app.key, &self.app.secret, body.as_bytes(), now_s);
        let path = format!("{}{path}?{query}", self.settings.path);
        let reply = self.line.ask(Method::POST, &path, &[("content-type", "application/json")], body).await?;
        ensure!(reply.status.is_success(), "publishing was answered with {}", reply.status);
        Ok(())
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Result<Reply> {
        let headers = [headers, &[("content-type", "application/json")]].concat();
        self.line.ask(Method::POST, path, &headers, body.to_string()).await
    }

    /// What was answered, as a status; nothing is none.
    async fn status_of(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> u16 {
        let reply = self.line.ask(method, path, headers, body.to_owned()).await;
        reply.map_or(0, |reply| reply.status.as_u16())
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.widget_token)
    }

    /// For networks and blockers that let no socket through (A:279).
    async fn fallback(&self) -> Finding {
        let path = format!(
            "{}/pusher/app/{}/7/{}/xhr?protocol=7&client=js&version=8.6.0&t=1&n=1",
            self.settings.path,
            self.app.key,
            random_word(8)
        );
        let reply = self.line.ask(Method::POST, &path, &[], String::new()).await;
        let well = reply.is_ok_and(|reply| reply.status.is_success() && reply.text().starts_with('o'));
        let found = [
            "Whoever gets no socket connects over HTTP.",
            "Whoever gets no socket gets nothing over HTTP either.",
        ];
        either("fallback", well, found, "Does the proxy pass POST requests on, without holding answers back?")
    }

    async fn widget_token(&self) -> Finding {
        let path = "/api/chatbot/conversation/cnv_00000000000000000000000000000000";
        let status = self.status_of(Method::GET, path, &[("authorization", &self.bearer())], "").await;
        let found =
            ["A widget's token reads no conversation.", "A widget's token was not refused a conversation."];
        either("widget-token", status == 401, found, "Report this: everybody has that token.")
    }

    async fn visitor_session(&self) -> Finding {
        let path = "/api/chatbot/conversation/cnv_00000000000000000000000000000000";
        let status = self.status_of(Method::GET, path, &[], "").await;
        let found = [
            "Without a visitor's session there is nothing to read.",
            "A stranger was not refused a conversation.",
        ];
        either("visitor-session", status == 401, found, "Report this: conversations are open to strangers.")
    }

    async fn sender(&self) -> Finding {
        let path = "/api/chatbot/conversation/cnv_00000000000000000000000000000000/messages";
        let headers = [("authorization", self.bearer()), ("content-type", "application/json".to_owned())];
        let headers = [(headers[0].0, headers[0].1.as_str()), (headers[1].0, headers[1].1.as_str())];
        let body = r#"{"message":"Hi","sender_type":"agent","sender_name":"Ben"}"#;
        let status = self.status_of(Method::POST, path, &headers, body).await;
        let found = [
            "Who wrote a message is said by the session alone.",
            "A message without a session was not refused.",
        ];
        either("sender", status == 401, found, "Report this: anybody can write as anybody.")
    }

    async fn foreign_origin(&self) -> Finding {
        let headers = [("authorization", self.bearer()), ("origin", "https://doctor.invalid".to_owned())];
        let headers = [(headers[0].0, headers[0].1.as_str()), (headers[1].0, headers[1].1.as_str())];
        let status = self.status_of(Method::GET, "/api/chatbot/config", &headers, "").await;
        let found =
            ["A website that is on no list is refused.", "A website that is on no list was not refused."];
        either("foreign-origin", status == 403, found, "Look at the origins of the widgets.")
    }

    async fn config_reply(&self) -> Finding {
        let reply = self
            .line
            .ask(Method::GET, "/api/chatbot/config", &[("authorization", &self.bearer())], String::new())
            .await;
        let text = reply.map(|reply| reply.text()).unwrap_or_default();
        let config: Value = serde_json::from_str(&text).unwrap_or_default();
        let says_more =
            |provider: &Value| provider["enabled"] == false && provider != &json!({"enabled": false});
        let well = config["success"] == true
            && !text.contains(&self.app.secret)
            && !["pusher", "reverb"].iter().any(|name| says_more(&config[name]));
        let found = [
            "Pages are told the enabled provider's public fields alone.",
            "Pages are told more than they need, or nothing.",
        ];
        either("config-reply", well, found, "Report this with the answer of GET /api/chatbot/config.")
    }

    async fn console(&self) -> [Finding; 2] {
        let reply = self.line.get("/").await;
        let header = |name| reply.as_ref().map(|reply| reply.header(name).to_owned()).unwrap_or_default();
        let policy = header("content-security-policy");
        let strict = policy.contains("require-trusted-types-for") && !policy.contains("'unsafe-");
        let found =
            ["The console runs under a strict policy.", "The console came without its strict policy."];
        let advice = "Does a proxy take Content-Security-Policy or Permissions-Policy away?";
        let closed = header("permissions-policy").contains("camera=()");
        let permits = [
            "The console may use neither camera nor place, and no screen is shared.",
            "The console came without Permissions-Policy.",
        ];
        [either("console-policy", strict, found, advice), either("permissions", closed, permits, advice)]
    }

    async fn widget_script(&self) -> Finding {
        let well = self.line.get("/widget.js").await.is_ok_and(|reply| {
            reply.status.is_success()
                && reply.header("content-type").contains("javascript")
                && !reply.body.is_empty()
        });
        let found = ["The widget's script is served.", "The widget's script is not there."];
        either("widget-script", well, found, "Use a release, or build the web folder before the server.")
    }

    async fn page_globals(&self) -> Finding {
        let text = self.line.get("/widget.js").await.map(|reply| reply.text()).unwrap_or_default();
        let leaks = ["window.Echo=", "window.Echo =", "window.state=", "window.state ="];
        let well = !leaks.iter().any(|leak| text.contains(leak));
        let found = [
            "The widget leaves its conversation to no global of the page.",
            "The widget's script is not ours.",
        ];
        either("page-globals", well, found, "Does something between rewrite /widget.js?")
    }

    /// A copy of Echo that knows Reverb, and of its Pusher client (B:459, S12, T1).
    async fn vendor_copies(&self) -> Finding {
        let mut texts = Vec::new();
        for name in ["echo.js", "pusher.js"] {
            let reply = self.line.get(&format!("/vendor/{name}")).await;
            texts.push(
                reply
                    .ok()
                    .filter(|reply| reply.status.is_success())
                    .map(|reply| reply.text())
                    .unwrap_or_default(),
            );
        }
        let well = texts[0].contains("reverb") && texts[1].contains("Pusher");
        let found = [
            "Echo and its Pusher client come from this server.",
            "/vendor/echo.js or /vendor/pusher.js is not there.",
        ];
        either("vendor-copies", well, found, "Use a release, or build the web folder before the server.")
    }

    /// What browsers were told "no" with: the errors of their consoles, without their consoles (A:271).
    async fn refusals(&self) -> Finding {
        let token = self.settings.metrics_token.as_ref().map(|token| format!("Bearer {token}"));
        let headers: Vec<(&str, &str)> =
            token.iter().map(|token| ("authorization", token.as_str())).collect();
        let page = self.line.ask(Method::GET, "/metrics", &headers, String::new()).await;
        let text = page.ok().filter(|page| page.status.is_success()).map(|page| page.text());
        let Some(text) = text else {
            return warn(
                "refusals",
                "The server's counts cannot be read.",
                "Is FRONTDESK_METRICS_TOKEN the server's own?",
            );
        };
        // This very command was refused some times.
        let ours =
            |name: &str| if matches!(name, "origin-not-allowed" | "invalid-signature") { 1 } else { 0 };
        let often = TELLING.iter().filter_map(|name| {
            let count = count(&text, name);
            (count > 10 + ours(name)).then(|| format!("{name} {count} times"))
        });
        let often: Vec<String> = often.collect();
        if often.is_empty() {
            return ok("refusals", "Browsers are hardly ever refused.");
        }
        let advice = "Look at origins and tokens of the pages; --debug shows each case.";
        warn("refusals", format!("Since its start the server refused {}.", often.join(", ")), advice)
    }
}

/// Over all ways in.
fn count(metrics: &str, refusal: &str) -> u64 {
    let label = format!("name=\"{refusal}\"");
    let lines =
        metrics.lines().filter(|line| line.starts_with("frontdesk_refusals_total{") && line.contains(&label));
    lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum()
}
