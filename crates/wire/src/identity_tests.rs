//! The gate, tried by those who may come in and by everybody else. The tokens of others were made by
//! other programs.

#![allow(clippy::unwrap_used)]
use super::*;
use crate::contact::Attribute;
use proptest::prelude::*;
use serde_json::{Value, json};

const NOW: u64 = 1_795_344_780;
const WIDGET: &str = "wgt_1";
const HS256: &str = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

fn secrets() -> Vec<String> {
    ["fdi_new", "fdi_old"].map(str::to_owned).to_vec()
}

fn verify(claim: &Claim) -> Result<Verified, Refused> {
    Gate { widget_id: WIDGET, secrets: &secrets(), now_s: NOW }.verify(claim)
}

/// What the gate says to a token that the website signed.
fn token_of(payload: &Value) -> Result<Verified, Refused> {
    verify(&Claim::Token(token("fdi_new", HS256, &payload.to_string())))
}

fn why(answer: Result<Verified, Refused>) -> String {
    let refused = answer.unwrap_err();
    assert_eq!(refused.refusal, Refusal::IdentityRefused);
    refused.detail.unwrap()
}

fn hash_of(id: &str, identifier_hash: &str) -> Claim {
    Claim::Hash(SignedId { id: id.into(), identifier_hash: identifier_hash.into(), ..SignedId::default() })
}

fn ana() -> Value {
    json!({"sub": "ana", "exp": NOW + 60})
}

fn ana_with(name: &str, value: Value) -> Value {
    let mut payload = ana();
    payload[name] = value;
    payload
}

#[test]
fn s3_a_token_vouches_for_what_it_says_and_for_nothing_else() {
    let verified = token_of(&json!({
        "sub": "ana", "exp": NOW + 3600, "iat": NOW, "nbf": NOW, "name": "Ana", "email": "ana@shop.example",
        "attributes": {"plan": "gold", "orders": 7, "trial": false}, "role": "admin",
    }))
    .unwrap();
    assert_eq!(verified.external_id, "ana");
    let profile = verified.profile.unwrap();
    assert_eq!((profile.name.as_deref(), profile.email.as_deref()), (Some("Ana"), Some("ana@shop.example")));
    assert_eq!(profile.phone, None);
    let attributes = profile.attributes.unwrap();
    assert_eq!(attributes["plan"], Attribute::Text("gold".into()));
    assert_eq!(attributes["orders"], Attribute::Number(7.into()));
    assert_eq!(attributes["trial"], Attribute::Is(false));
    assert_eq!(attributes.len(), 3);
}

#[test]
fn both_secrets_of_a_rotation_are_good_and_no_third() {
    let payload = ana().to_string();
    for secret in secrets() {
        assert!(verify(&Claim::Token(token(&secret, HS256, &payload))).is_ok());
    }
    for secret in ["", "fdi_", "fdi_newer", "fdi_gone"] {
        let said = why(verify(&Claim::Token(token(secret, HS256, &payload))));
        assert_eq!(said, "The signature is not of this widget's secret.");
    }
    let nobody = Gate { widget_id: WIDGET, secrets: &[], now_s: NOW };
    assert!(nobody.verify(&Claim::Token(token("", HS256, &payload))).is_err());
    assert!(nobody.verify(&hash_of("ana", &sign::digest(&hash_secret(""), b"ana"))).is_err());
}

#[test]
fn every_other_algorithm_is_refused() {
    for alg in
        ["none", "None", "NONE", "", "hs256", "HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", "HS256 "]
    {
        let header = json!({"alg": alg, "typ": "JWT"}).to_string();
        assert_eq!(
            why(verify(&Claim::Token(token("fdi_new", &header, &ana().to_string())))),
            "alg has to be HS256."
        );
        // And without a signature, as `none` has it.
        let signed = token("fdi_new", &header, &ana().to_string());
        let bare = format!("{}.", signed.rsplit_once('.').unwrap().0);
        assert_eq!(why(verify(&Claim::Token(bare))), "alg has to be HS256.");
    }
    for header in [
        "{}",
        "[]",
        "null",
        "{\"alg\":null}",
        "{\"alg\":[\"HS256\"]}",
        "{\"alg\":\"HS256\",\"alg\":\"none\"}",
    ] {
        assert!(verify(&Claim::Token(token("fdi_new", header, &ana().to_string()))).is_err(), "{header}");
    }
    let critical = "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}";
    assert!(why(verify(&Claim::Token(token("fdi_new", critical, &ana().to_string())))).contains("crit"));
}

#[test]
fn a_token_is_good_in_its_time() {
    let day = limit::IDENTITY_AHEAD_S;
    for (name, good, bad) in [
        ("exp", NOW - 59, NOW - 60),
        ("exp", NOW + day + 60, NOW + day + 61),
        ("nbf", NOW + 60, NOW + 61),
        ("iat", NOW + 60, NOW + 61),
    ] {
        assert!(token_of(&ana_with(name, json!(good))).is_ok(), "{name} {good}");
        assert!(why(token_of(&ana_with(name, json!(bad)))).len() > 10, "{name} {bad}");
    }
    assert!(token_of(&ana_with("exp", json!(NOW as f64 + 0.5))).is_ok());
    for never in [json!(null), json!("soon"), json!(1e300), json!(-1), json!([NOW + 60])] {
        assert!(token_of(&ana_with("exp", never.clone())).is_err(), "{never}");
    }
    assert_eq!(why(token_of(&json!({"sub": "ana"}))), "exp is missing.");
}

#[test]
fn a_token_names_somebody_and_is_for_this_widget() {
    for nobody in
        [json!(null), json!(""), json!("  "), json!("a\nb"), json!("\u{0}"), json!(7), json!("x".repeat(256))]
    {
        assert!(token_of(&ana_with("sub", nobody.clone())).is_err(), "{nobody}");
    }
    for ours in [json!(WIDGET), json!(["https://shop.example", WIDGET])] {
        assert!(token_of(&ana_with("aud", ours)).is_ok());
    }
    for others in [json!("wgt_2"), json!([]), json!([WIDGET.to_uppercase()]), json!(7)] {
        assert!(token_of(&ana_with("aud", others.clone())).is_err(), "{others}");
    }
    assert!(token_of(&ana_with("attributes", json!({"nested": {"a": 1}}))).is_err());
}

#[test]
fn a_token_of_another_shape_is_refused() {
    let good = token("fdi_new", HS256, &ana().to_string());
    assert!(verify(&Claim::Token(good.clone())).is_ok());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let other = URL_SAFE_NO_PAD.encode(json!({"sub": "eve", "exp": NOW + 60}).to_string());
    for bad in [
        String::new(),
        ".".into(),
        "..".into(),
        "...".into(),
        signed.to_owned(),
        format!("{signed}."),
        format!("{good}."),
        format!(".{good}"),
        format!("{good}="),
        format!("{good} "),
        format!("{header}.{other}.{signature}"),
        format!("{header}.{payload}.{payload}.{signature}"),
        format!("{signed}.{}", &signature[..signature.len() - 2]),
        good.to_uppercase(),
        "é".repeat(50),
        "x".repeat(5_000_000),
    ] {
        assert!(verify(&Claim::Token(bad.clone())).is_err(), "{bad:.60}");
    }
    // Long, and signed.
    let long = token("fdi_new", HS256, &ana_with("pad", json!("x".repeat(4_096))).to_string());
    assert_eq!(why(verify(&Claim::Token(long))), "The token has more than 4096 bytes.");
}

#[test]
fn tokens_of_other_programs_are_read() {
    // jwt.io's own example, by "your-256-bit-secret": it gets past its signature, and has no end.
    let example = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    let secrets = ["your-256-bit-secret".to_owned()];
    let gate = Gate { widget_id: WIDGET, secrets: &secrets, now_s: NOW };
    assert_eq!(why(gate.verify(&Claim::Token(example.into()))), "exp is missing.");
    // RFC 7515, A.1: its key is no text.
    let (signed, signature) = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".rsplit_once('.').unwrap();
    let key = URL_SAFE_NO_PAD
        .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
        .unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert!(signed_by([&*key].into_iter(), signed.as_bytes(), &signature));
    assert!(!signed_by([&key[1..]].into_iter(), signed.as_bytes(), &signature));
}

#[test]
fn hole_2694_an_empty_a_short_and_a_random_hash_are_refused() {
    let right = sign::digest(&hash_secret("fdi_old"), b"ana");
    assert_eq!(
        verify(&hash_of("ana", &right)).unwrap(),
        Verified { external_id: "ana".into(), profile: None }
    );
    assert!(verify(&hash_of("ana", &right.to_uppercase())).is_ok());
    let random = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    for hash in
        ["", " ", "0", "00", &right[..62], &right[..32], random, &format!("{right}00"), "undefined", "null"]
    {
        assert!(why(verify(&hash_of("ana", hash))).contains("identifier_hash"), "{hash}");
    }
    // Of somebody else, of nobody, and of one who is nearly Ana.
    for id in ["eve", "Ana", "ana ", ""] {
        assert!(verify(&hash_of(id, &right)).is_err(), "{id:?}");
    }
    let of_nobody = sign::digest(&hash_secret("fdi_old"), b"");
    assert!(verify(&hash_of("", &of_nobody)).is_err());
}

#[test]
fn who_chooses_an_id_cannot_have_a_token_signed_with_it() {
    // Eve's name on the website reads like the first two parts of a token for Ana.
    let signed = token("", HS256, &ana().to_string()).rsplit_once('.').unwrap().0.to_owned();
    let hash = sign::digest(&hash_secret("fdi_new"), signed.as_bytes());
    assert!(verify(&hash_of(&signed, &hash)).is_ok(), "the premise: the website hashes any name");
    let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(hex::decode(&hash).unwrap()));
    assert_eq!(why(verify(&Claim::Token(forged))), "The signature is not of this widget's secret.");
}

#[test]
fn two_claims_at_once_are_none() {
    let both = Claim::of(Some("a".into()), Some(SignedId::default()));
    assert_eq!(both.unwrap_err().refusal, Refusal::InvalidField);
    assert_eq!(Claim::of(None, None), Ok(None));
    // An empty token is a token: a page whose template had no value is told so.
    assert!(verify(&Claim::of(Some(String::new()), None).unwrap().unwrap()).is_err());
}

#[test]
fn the_committed_corpus_passes_the_fuzz_target() {
    include_str!("../corpus/identity.txt").lines().for_each(|seed| fuzz(seed.as_bytes()));
    fuzz("[".repeat(3_000).as_bytes());
}

proptest! {
    #[test]
    fn no_text_makes_the_gate_panic(text in "(h.{0,20} [0-9a-f]{0,70}|.{0,40}\\.?.{0,40}\\.?.{0,20})") {
        fuzz(text.as_bytes());
    }

    #[test]
    fn no_claims_make_the_gate_panic(sub in ".{0,10}", exp in any::<f64>(), name in "sub|exp|aud|nbf|iat|name|attributes") {
        let mut payload = json!({"sub": sub, "exp": exp});
        payload[name] = json!([{"a": exp}]);
        fuzz(payload.to_string().as_bytes());
    }

    #[test]
    fn one_letter_changed_is_another_token(at in 0_usize..200, letter in "[A-Za-z0-9_.-]") {
        let good = token("fdi_new", HS256, &ana().to_string());
        let at = at % good.len();
        let mut bad = good.clone();
        bad.replace_range(at..=at, &letter);
        prop_assume!(bad != good);
        prop_assert!(verify(&Claim::Token(bad)).is_err());
    }
}
