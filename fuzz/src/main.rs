//! Every fuzz target (ruling 26) behind libFuzzer, chosen by `FUZZ_TARGET`. Knows their names alone;
//! what each asserts stands beside the decoder it is of.

#![no_main]

use std::sync::LazyLock;

type Target = fn(&[u8]);

const TARGETS: &[(&str, Target)] = &[
    ("websocket", wire::websocket::fuzz),
    ("frame", wire::frame::fuzz),
    ("sign", wire::sign::fuzz),
    ("bus", realtime::fuzz::bus),
    ("redis", realtime::fuzz::redis),
    ("fallback", wire::fallback::fuzz),
    ("identity", wire::identity::fuzz),
    ("head", realtime::fuzz::head),
    ("publish", server::fuzz::publish),
    ("config", server::fuzz::config),
    ("file", wire::file::fuzz),
    ("image", server::fuzz::image),
];

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("FUZZ_TARGET names no target: {name:?}")).1
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| TARGET(bytes));
