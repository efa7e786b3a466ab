//! Serving pages and foreign origins: CORS, proxies, cookies, caches and compression.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use testkit::http::{Reply, Request};
use testkit::socket::Socket;
use testkit::world::World;

const BINARY: &str = env!("CARGO_BIN_EXE_frontdesk");
const SHOP: &str = "https://shop.example";
const EVIL: &str = "https://evil.example";

fn shop_world() -> World {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    let change = json!({"origins": [SHOP]});
    let path = format!("/api/v1/widgets/{}", ben.widgets[0]);
    assert_eq!(ben.request("PATCH", &path).json(&change).send(world.port).status, 200);
    world
}

fn preflight(world: &World, path: &str, origin: &str) -> Reply {
    Request::new("OPTIONS", path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .send(world.port)
}

#[test]
fn ruling_11_a_preflight_allows_origins_on_a_list_and_no_others() {
    let world = shop_world();
    for path in ["/api/chatbot/session", "/broadcasting/auth"] {
        let allowed = preflight(&world, path, SHOP);
        assert_eq!(allowed.status, 204);
        assert_eq!(allowed.header("access-control-allow-origin"), Some(SHOP));
        assert_eq!(allowed.header("access-control-max-age"), Some("7200"));
        assert_eq!(allowed.header("access-control-allow-credentials"), None);
        assert_eq!(allowed.header("vary"), Some("Origin"));
        let refused = preflight(&world, path, EVIL);
        assert_eq!(refused.status, 403);
        assert_eq!(refused.header("access-control-allow-origin"), None);
    }
    assert_eq!(preflight(&world, "/api/v1/login", SHOP).header("access-control-allow-origin"), None);
}

#[test]
fn ruling_11_the_request_itself_checks_its_own_widgets_list() {
    let world = shop_world();
    let config = |origin: &str| {
        Request::new("GET", "/api/chatbot/config")
            .header("authorization", &format!("Bearer {}", world.widget_token()))
            .header("origin", origin)
            .send(world.port)
    };
    let allowed = config(SHOP);
    assert_eq!(allowed.status, 200);
    assert_eq!(allowed.header("access-control-allow-origin"), Some(SHOP));
    assert!(allowed.header("access-control-expose-headers").unwrap().contains("ETag"));
    assert_eq!(config(EVIL).refusal(), "origin-not-allowed");
    assert_eq!(config(&format!("http://localhost:{}", world.port)).status, 200, "our own pages always may");
}

#[test]
fn ruling_11_sockets_take_origins_of_any_list_or_none_at_all() {
    let world = shop_world();
    assert!(Socket::try_open(world.port, &world.key, &[("origin", SHOP)]).is_ok());
    assert!(Socket::try_open(world.port, &world.key, &[]).is_ok());
    let refused = Socket::try_open(world.port, &world.key, &[("origin", EVIL)]).err().unwrap();
    assert!(refused.contains("4009"), "{refused}");
}

#[test]
fn sign_in_takes_only_our_own_pages() {
    let world = shop_world();
    let reply = Request::new("POST", "/api/v1/login")
        .header("origin", SHOP)
        .json(&json!({"email": "ben@desk.example", "password": testkit::world::PASSWORD}))
        .send(world.port);
    assert_eq!(reply.refusal(), "origin-not-allowed");
}

#[test]
fn ruling_16_behind_a_trusted_proxy_cookie_and_config_are_the_publics() {
    let world = World::start(BINARY);
    let reply = Request::new("POST", "/api/v1/setup")
        .header("host", "desk.example")
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-for", "203.0.113.7")
        .header("origin", "https://desk.example")
        .json(&json!({
            "code": world.setup_code(), "name": "Ben", "email": "ben@desk.example",
            "password": testkit::world::PASSWORD,
        }))
        .send(world.port);
    assert_eq!(reply.status, 200, "{}", reply.text());
    let cookie = reply.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let config = Request::new("GET", "/api/chatbot/config")
        .header("host", "desk.example")
        .header("x-forwarded-proto", "https")
        .header("authorization", &format!("Bearer {}", world.widget_token()))
        .send(world.port)
        .json();
    let reverb = &config["reverb"];
    assert_eq!(
        (&reverb["host"], &reverb["port"], &reverb["scheme"]),
        (&json!("desk.example"), &json!(443), &json!("https"))
    );
}

#[test]
fn ruling_16_forwarded_headers_of_strangers_are_ignored() {
    let world = World::start_with(BINARY, &[("FRONTDESK_TRUSTED_PROXIES", "10.0.0.0/8")]);
    let config = Request::new("GET", "/api/chatbot/config")
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", "evil.example")
        .header("authorization", &format!("Bearer {}", world.widget_token()))
        .send(world.port)
        .json();
    assert_eq!(
        (&config["reverb"]["host"], &config["reverb"]["scheme"]),
        (&json!("localhost"), &json!("http"))
    );
}

#[test]
fn the_console_has_a_strict_policy_and_hashed_files_are_kept_for_ever() {
    let world = World::start(BINARY);
    let page = world.get("/").send(world.port);
    let policy = page.header("content-security-policy").unwrap();
    for rule in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{policy}");
    }
    let html = page.text();
    let script = html.split("src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(script.starts_with("/assets/"), "{script}");
    let plain = world.get(&script).send(world.port);
    assert_eq!(plain.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(plain.header("x-content-type-options"), Some("nosniff"));
    let brotli = world.get(&script).header("accept-encoding", "gzip, br").send(world.port);
    assert_eq!(brotli.header("content-encoding"), Some("br"));
    assert!(brotli.body.len() < plain.body.len() / 2);
    assert_eq!(world.get(&format!("{script}.br")).send(world.port).status, 404);
}

#[test]
fn ruling_9_the_launcher_is_cached_briefly_and_can_carry_its_look() {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    let plain = world.get("/widget.js").send(world.port);
    assert_eq!(plain.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(plain.header("access-control-allow-origin"), Some("*"));
    assert_eq!(plain.header("cross-origin-resource-policy"), Some("cross-origin"));
    let tag = plain.header("etag").unwrap();
    assert_eq!(world.get("/widget.js").header("if-none-match", tag).send(world.port).status, 304);

    let change = json!({"color": "#aa3377", "name": "</script><b>Shop"});
    let path = format!("/api/v1/widgets/{}", ben.widgets[0]);
    assert_eq!(ben.request("PATCH", &path).json(&change).send(world.port).status, 200);
    let dressed = world.get(&format!("/widget.js?w={}", ben.widgets[0])).send(world.port);
    assert!(dressed.text().contains("#aa3377"), "the look is inside");
    assert!(!dressed.text().contains("</script>"));
    assert_eq!(world.get("/widget.js?w=wgt_none").send(world.port).status, 404);
}

#[test]
fn ruling_18_vendor_copies_are_served() {
    let world = World::start(BINARY);
    for (file, mark) in [("echo.js", "Echo"), ("pusher.js", "Pusher")] {
        let reply = world.get(&format!("/vendor/{file}")).send(world.port);
        assert_eq!(reply.status, 200, "{file}");
        assert!(reply.text().contains(mark), "{file}");
    }
}

/// What the visitor whose secret or code this is hears of their session.
fn session(world: &World, body: &Value) -> Reply {
    Request::new("POST", "/api/chatbot/session")
        .header("authorization", &format!("Bearer {}", world.widget_token()))
        .json(body)
        .send(world.port)
}

#[test]
fn ruling_15_the_chats_own_page_may_be_framed_by_the_widgets_pages_alone() {
    let world = World::start(BINARY);
    let ben = world.owner("Ben");
    let path = format!("/chat/{}", ben.widgets[0]);
    let policy = |path: &str| {
        let page = world.get(path).send(world.port);
        assert_eq!((page.status, page.header("x-content-type-options")), (200, Some("nosniff")));
        page.header("content-security-policy").unwrap().to_owned()
    };
    assert!(policy(&path).contains("frame-ancestors 'self' http://localhost:* "), "{}", policy(&path));
    let change = json!({"origins": ["https://shop.example", "https://blog.example"], "name": "<b>Shop</b>"});
    let widget = format!("/api/v1/widgets/{}", ben.widgets[0]);
    assert_eq!(ben.request("PATCH", &widget).json(&change).send(world.port).status, 200);
    let policy = policy(&path);
    assert!(policy.contains("frame-ancestors 'self' https://shop.example https://blog.example;"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("localhost:*"), "{policy}");
    let page = world.get(&path).send(world.port).text();
    assert!(page.contains("&lt;b&gt;Shop&lt;/b&gt;") && page.contains(&world.widget_token()), "{page}");
    // Whose word its script takes for who the visitor is.
    assert!(page.contains(" data-pages=\"https://shop.example https://blog.example\" "), "{page}");
    assert_eq!(world.get("/chat/wgt_none").send(world.port).status, 404);
}

#[test]
fn ruling_15_a_code_hands_anas_session_over_once_and_to_nobody_else() {
    let world = World::start(BINARY);
    let ana = world.visitor("Ana");
    let conversation = ana.start();
    let popout = || ana.request("POST", "/api/chatbot/popout").json(&json!({})).send(world.port).json();
    let handed = popout();
    let code = handed["code"].as_str().unwrap();
    let path = handed["path"].as_str().unwrap();
    assert_eq!(world.get(path).send(world.port).status, 200, "{path}");
    let opened = session(&world, &json!({"code": code})).json();
    assert_eq!(
        (&opened["visitor"]["id"], &opened["conversation_id"]),
        (&json!(ana.id), &json!(conversation))
    );
    let again = session(&world, &json!({"code": code}));
    assert_eq!((again.status, again.refusal().as_str()), (410, "mail-link-invalid"));
    // Both windows go on, until the visitor signs out: then neither does, and no code that was not used.
    for secret in [opened["secret"].as_str().unwrap(), &ana.secret] {
        assert_eq!(session(&world, &json!({"secret": secret})).json()["visitor"]["id"], json!(ana.id));
    }
    let unused = popout()["code"].clone();
    assert_eq!(ana.request("POST", "/api/chatbot/logout").json(&json!({})).send(world.port).status, 200);
    assert_eq!(session(&world, &json!({"code": unused})).status, 410);
    let secret = &opened["secret"];
    assert_ne!(session(&world, &json!({"secret": secret})).json()["visitor"]["id"], json!(ana.id));
}

#[test]
fn a_page_of_another_chat_finds_its_script_here() {
    let world = World::start(BINARY);
    let reply = world.get("/compat/chatwoot.js").send(world.port);
    assert_eq!((reply.status, reply.header("access-control-allow-origin")), (200, Some("*")));
    assert!(reply.text().contains("chatwootSDK"));
}
