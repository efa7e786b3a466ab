//! What is kept of where a visitor's browser says it is: addresses without what may be a secret in them, pages of
//! the widget's own websites alone, a browser's name instead of its whole line. Knows nothing of who reads it.

use crate::arrival;
use crate::caller::header;
use crate::desk::Desk;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use chat::Visitor;
use reqwest::Url;
use wire::event::Whereabouts;
use wire::limit;

/// What of it agents of this visitor's widget may know, and what the request itself says; `None`: the widget's
/// owner does not want it.
pub fn read(desk: &Desk, visitor: &Visitor, headers: &HeaderMap, said: Whereabouts) -> Option<Whereabouts> {
    desk.availability.tells_whereabouts(&visitor.widget_id).then(|| clean(said, headers, &visitor.origins))
}

fn clean(said: Whereabouts, headers: &HeaderMap, origins: &[String]) -> Whereabouts {
    let is_ours = |url: &Url| arrival::is_on_list(&url.origin().ascii_serialization(), origins);
    let page = said.page.and_then(|text| address(&text)).filter(is_ours);
    let title = page.as_ref().and(said.title);
    // Whoever came from another page of the same website came from nowhere new.
    let referrer = said.referrer.and_then(|text| address(&text)).filter(|url| !is_ours(url));
    let device = said.device.or_else(|| device(header(headers, USER_AGENT)?));
    let language = said.language.or_else(|| language(header(headers, ACCEPT_LANGUAGE)?));
    Whereabouts {
        page: page.map(String::from),
        title: title.and_then(|text| line(&text)),
        referrer: referrer.map(String::from),
        device: device.and_then(|text| line(&text)),
        language: language.and_then(|text| code(text, "-")),
        time_zone: said.time_zone.and_then(|text| code(text, "/_+-")),
    }
}

/// An address of the web, without what tokens stand in; too long: of its host alone.
fn address(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    url.set_query(None);
    url.set_fragment(None);
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let is_short = |url: &Url| url.as_str().len() <= limit::WHEREABOUTS_ADDRESS_BYTES;
    if !is_short(&url) {
        url.set_path("");
    }
    Some(url).filter(is_short)
}

/// One line that is not empty.
fn line(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let line = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let line: String = line.chars().take(limit::WHEREABOUTS_TEXT_CHARS).collect();
    Some(line).filter(|line| !line.is_empty())
}

/// Letters and digits, and these; anything else is no language and no time zone.
fn code(text: String, others: &str) -> Option<String> {
    let is_code = (1..=limit::WHEREABOUTS_CODE_BYTES).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c));
    Some(text).filter(|_| is_code)
}

/// What visitors prefer to read (`Accept-Language`).
fn language(header: &str) -> Option<String> {
    let first = header.split([',', ';']).next()?.trim();
    Some(first.to_owned()).filter(|first| first != "*")
}

/// Browsers by a word in `User-Agent`; whoever says several is the first.
const BROWSERS: [(&str, &str); 9] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Safari/", "Safari"),
];
/// Systems in the same way.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
];

/// `Firefox on Windows`, by what a browser calls itself.
fn device(agent: &str) -> Option<String> {
    let named = |all: &[(&str, &'static str)]| {
        all.iter().find(|(word, _)| agent.contains(word)).map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (browser, system) => browser.or(system).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SHOP: &str = "https://shop.example";
    const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

    fn headers(agent: &str, languages: &str) -> HeaderMap {
        [(USER_AGENT, agent.parse().unwrap()), (ACCEPT_LANGUAGE, languages.parse().unwrap())]
            .into_iter()
            .collect()
    }

    /// What is kept of it on the shop's widget.
    fn kept(said: Whereabouts) -> Whereabouts {
        clean(said, &HeaderMap::new(), &[SHOP.to_owned()])
    }

    fn page(text: &str) -> Option<String> {
        kept(Whereabouts { page: Some(text.into()), ..Whereabouts::default() }).page
    }

    #[test]
    fn an_address_is_kept_without_what_may_open_something() {
        let secret = "https://ana:pass@shop.example/shoes/blue?token=s3cret&size=40#access_token=abc";
        assert_eq!(page(secret).unwrap(), "https://shop.example/shoes/blue");
        assert_eq!(page("HTTPS://SHOP.example:443/").unwrap(), "https://shop.example/");
        let long = format!("https://shop.example/{}", "a".repeat(limit::WHEREABOUTS_ADDRESS_BYTES));
        assert_eq!(page(&long).unwrap(), "https://shop.example/", "better than half an address");
    }

    #[test]
    fn a_page_that_is_not_the_widgets_is_dropped_with_its_title() {
        for foreign in [
            "https://evil.example/shoes",
            "https://shop.example.evil.example/",
            "https://evil.example/https://shop.example",
            "https://shop.example@evil.example/",
            "http://shop.example/",
            "https://shop.example:8443/",
            "javascript:alert(1)",
            "data:text/html,hello",
            "file:///etc/passwd",
            "/shoes",
            "",
            "\u{0}",
        ] {
            let here = Whereabouts {
                page: Some(foreign.into()),
                title: Some("Shoes".into()),
                ..Whereabouts::default()
            };
            assert_eq!(kept(here), Whereabouts::default(), "{foreign:?}");
        }
        let local = clean(
            Whereabouts { page: Some("http://localhost:3000/a".into()), ..Whereabouts::default() },
            &HeaderMap::new(),
            &[],
        );
        assert_eq!(local.page.unwrap(), "http://localhost:3000/a", "an empty list means this computer");
    }

    #[test]
    fn a_visitor_comes_from_another_website_or_from_nowhere() {
        let from =
            |text: &str| kept(Whereabouts { referrer: Some(text.into()), ..Whereabouts::default() }).referrer;
        assert_eq!(from("https://search.example/find?q=ana+is+ill").unwrap(), "https://search.example/find");
        assert_eq!(from("https://shop.example/cart"), None);
        assert_eq!((from(""), from("android-app://com.search")), (None, None));
    }

    #[test]
    fn texts_are_one_line_and_codes_are_codes() {
        let here = kept(Whereabouts {
            page: Some(SHOP.into()),
            title: Some(format!(" Blue\r\n\u{0}  shoes {}", "é".repeat(200))),
            device: Some("\t".into()),
            language: Some("en<script>".into()),
            time_zone: Some("Europe/Berlin".into()),
            ..Whereabouts::default()
        });
        let title = here.title.unwrap();
        assert!(title.starts_with("Blue shoes é"), "{title}");
        assert_eq!(title.chars().count(), limit::WHEREABOUTS_TEXT_CHARS);
        assert_eq!((here.device, here.language), (None, None));
        assert_eq!(here.time_zone.unwrap(), "Europe/Berlin");
        for wrong in ["", "Europe Berlin", "Mars/\u{202e}", &"x".repeat(65)] {
            assert_eq!(code(wrong.to_owned(), "/_+-"), None, "{wrong:?}");
        }
    }

    #[test]
    fn device_and_language_are_read_from_the_request_unless_they_were_said() {
        let request = headers(FIREFOX, "de-AT,de;q=0.9,en;q=0.5");
        let here = clean(Whereabouts::default(), &request, &[]);
        assert_eq!(here.device.as_deref(), Some("Firefox on Windows"));
        assert_eq!(here.language.as_deref(), Some("de-AT"));
        let said = Whereabouts { device: Some("The shop's app".into()), ..Whereabouts::default() };
        assert_eq!(clean(said, &request, &[]).device.as_deref(), Some("The shop's app"));
        assert_eq!(clean(Whereabouts::default(), &headers("curl/8", "*"), &[]), Whereabouts::default());
    }

    #[test]
    fn browsers_are_called_what_people_call_them() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        for (agent, name) in [
            (format!("Mozilla/5.0 (X11; Linux x86_64) {webkit} Chrome/130.0 Safari/537.36"), "Chrome on Linux"),
            (
                format!("Mozilla/5.0 (Windows NT 10.0) {webkit} Chrome/130.0 Safari/537.36 Edg/130.0"),
                "Edge on Windows",
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 10; K) {webkit} Chrome/130.0 Mobile Safari/537.36"),
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1"
                    .to_owned(),
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/18.0 Safari/605.1"
                    .to_owned(),
                "Safari on Mac",
            ),
            ("ShopApp/2 (Android)".to_owned(), "Android"),
        ] {
            assert_eq!(device(&agent).as_deref(), Some(name));
        }
    }
}
