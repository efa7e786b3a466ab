//! What is read from files and variables, and what an app then is.

#![allow(clippy::unwrap_used)]
use super::*;

fn parse(text: &str) -> Result<AppSettings> {
    #[derive(Deserialize)]
    struct File {
        apps: Vec<AppSettings>,
    }
    let file: File = toml::from_str(text).map_err(|error| parse_error(Path::new("f.toml"), text, &error))?;
    let app = file.apps.into_iter().next().unwrap();
    app.check()?;
    Ok(app)
}

fn shop(more: &str) -> Result<AppSettings> {
    parse(&format!("[[apps]]\nid = \"1\"\nkey = \"k\"\nsecret = \"hush\"\n{more}\n"))
}

fn env(set: &[(&str, &str)]) -> Result<Option<AppSettings>> {
    let keys = [("REVERB_APP_ID", "1"), ("REVERB_APP_KEY", "k"), ("REVERB_APP_SECRET", "hush")];
    let all = || keys.iter().chain(set);
    AppSettings::from_env(&|name| all().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
}

#[test]
fn what_is_not_said_is_hosted_pushers_or_reverbs() {
    let pusher = shop("").unwrap().app();
    assert_eq!(
        (pusher.max_event_bytes, pusher.max_request_bytes, pusher.max_batch_events),
        (10_240, None, 10)
    );
    assert_eq!((pusher.presence_members, pusher.client_events.per_second), (100, 10));
    assert!(!pusher.client_events.stamp_user_id && pusher.admit.is_none());
    let reverb = shop("compat = \"reverb\"").unwrap().app();
    assert_eq!((reverb.max_message_bytes, reverb.max_request_bytes), (10_000, Some(10_000)));
    assert_eq!((reverb.ping_interval_s, reverb.activity_timeout_s), (Some(60), 30));
    assert_eq!((reverb.presence_members, reverb.rate_limit), (10_000, None));
    assert!(reverb.client_events.enabled && reverb.client_events.from == Senders::Members);
}

#[test]
fn every_setting_reaches_the_app() {
    let app = shop(
        r#"
        name = "Shop"
        enabled = false
        compat = "reverb"
        allowed_origins = ["*.shop.example"]
        ping_interval = 11
        activity_timeout = 12
        max_connections = 13
        max_message_size = 14
        max_event_size = 15
        max_request_size = 16
        max_batch_size = 17
        max_channels_per_connection = 18
        client_events = true
        accept_client_events_from = "all"
        client_events_per_second = 19
        max_client_event_size = 20
        presence_max_members = 21
        presence_max_info_size = 22
        rate_limiting = { enabled = true, max_attempts = 23, decay_seconds = 24, terminate = true }
        subscription_count = true
        authorised_within = 25
        "#,
    );
    let app = app.unwrap().app();
    assert!(!app.enabled && app.compat == Compat::Reverb && app.admit.is_some());
    assert_eq!((app.ping_interval_s, app.activity_timeout_s, app.max_connections), (Some(11), 12, Some(13)));
    assert_eq!((app.max_message_bytes, app.max_event_bytes, app.max_request_bytes), (14, 15, Some(16)));
    assert_eq!((app.max_batch_events, app.max_channels), (17, 18));
    let ClientEventPolicy { enabled, from, per_second, max_bytes, .. } = app.client_events;
    assert_eq!((enabled, from, per_second, max_bytes), (true, Senders::Anybody, 19, 20));
    assert_eq!((app.presence_members, app.presence_info_bytes), (21, 22));
    assert_eq!(app.rate_limit, Some(RateLimit { max_messages: 23, window_s: 24, closes: true }));
    assert_eq!((app.subscription_count, app.authorised_within_s), (true, Some(25)));
}

#[test]
fn a_wrong_entry_is_told_with_its_line_and_name_and_without_a_value() {
    for (more, said) in [
        ("max_conections = 3", "f.toml, line 5: unknown field `max_conections`, expected one of"),
        ("rate_limiting = { attempts = 3 }", "line 5: unknown field `attempts`"),
        ("max_connections = \"hush\"", "f.toml, line 5: expected usize"),
        ("compat = \"soketi\"", "line 5: unknown variant `soketi`, expected `pusher` or `reverb`"),
        ("activity_timeout = 0", "app 1: activity_timeout is 1 to 86400"),
        ("authorised_within = 0", "app 1: authorised_within is 1 to 86400"),
        ("rate_limiting = { max_attempts = 0 }", "app 1: rate_limiting.max_attempts is 1 to"),
    ] {
        let error = format!("{:#}", shop(more).unwrap_err());
        assert!(error.contains(said) && !error.contains("hush"), "{error}");
    }
    let error = parse("[[apps]]\nid = \"1\"\nsecret = \"hush\"\n").unwrap_err().to_string();
    assert!(error.contains("line 1: missing field `key`"), "{error}");
    let error = parse("[[apps]]\nid = \"1\"\nkey = \"a/b\"\nsecret = \"hush\"").unwrap_err().to_string();
    assert!(error.contains("key is a text that can stand in a path"), "{error}");
}

#[test]
fn reverbs_variables_name_an_app_in_reverbs_mode_with_its_options() {
    let app = env(&[]).unwrap().unwrap();
    assert_eq!((app.id.as_str(), app.compat, app.app().rate_limit), ("1", Compat::Reverb, None));
    let app = env(&[
        ("REVERB_APP_PING_INTERVAL", "11"),
        ("REVERB_APP_ACTIVITY_TIMEOUT", "12"),
        ("REVERB_APP_MAX_CONNECTIONS", "13"),
        ("REVERB_APP_MAX_MESSAGE_SIZE", "14"),
        ("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM", "none"),
        ("REVERB_APP_RATE_LIMITING_ENABLED", "true"),
        ("REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS", "23"),
        ("REVERB_APP_RATE_LIMIT_DECAY_SECONDS", "24"),
        ("REVERB_APP_RATE_LIMIT_TERMINATE", "(true)"),
    ]);
    let app = app.unwrap().unwrap().app();
    assert_eq!((app.ping_interval_s, app.activity_timeout_s, app.max_connections), (Some(11), 12, Some(13)));
    assert_eq!((app.max_message_bytes, app.client_events.enabled), (14, false));
    assert_eq!(app.rate_limit, Some(RateLimit { max_messages: 23, window_s: 24, closes: true }));
    for (name, value) in [
        ("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM", "some"),
        ("REVERB_APP_RATE_LIMITING_ENABLED", "maybe"),
        ("REVERB_APP_MAX_CONNECTIONS", "many"),
    ] {
        assert!(env(&[(name, value)]).unwrap_err().to_string().contains(name));
    }
}

#[test]
fn origins_are_matched_by_host_as_reverb_does() {
    for (pattern, origin, allowed) in [
        ("*", "https://any.example", true),
        ("shop.example", "https://shop.example", true),
        ("shop.example", "http://SHOP.example:8080", true),
        ("shop.example", "https://evil.shop.example", false),
        ("shop.example", "https://shop.example.evil", false),
        ("*.shop.example", "https://a.b.shop.example", true),
        ("*.shop.example", "https://shop.example", false),
        ("a*c*e", "https://abcde", true),
        ("a*c*e", "https://abcdef", false),
        ("aa*aa", "https://aaa", false),
        ("https://shop.example", "https://shop.example", true),
        ("https://shop.example/", "http://shop.example", false),
        ("*.example", "null", false),
        ("*.example", "not an origin", false),
    ] {
        assert_eq!(is_allowed(origin, &[pattern.to_owned()]), allowed, "{pattern} {origin}");
    }
    assert!(!is_allowed("https://shop.example", &[]));
}
