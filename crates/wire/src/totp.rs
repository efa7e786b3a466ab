//! Time-based one-time codes (RFC 6238) as authenticator apps make them: SHA-1, six digits, a new one every
//! thirty seconds. Decides what a code is; reads no clock, and knows nothing of who has which secret.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// For how many seconds a code is shown.
pub const STEP_S: u64 = 30;
/// As RFC 4226 recommends for SHA-1: as long as its output.
pub const SECRET_BYTES: usize = 20;
/// Clocks of telephones differ: the codes before and after the present one are taken too.
const DRIFT_STEPS: u64 = 1;
const DIGITS: u32 = 6;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step of a moment, in seconds since the Unix epoch.
pub fn step(now_s: u64) -> u64 {
    now_s / STEP_S
}

/// The code of a step.
pub fn code(secret: &[u8], step: u64) -> String {
    digits(secret, step, DIGITS)
}

/// Which step's code this is, if it is one of now and is later than `used`, the last that was taken.
/// Every candidate is computed and compared whole, so that the time it takes says nothing.
pub fn taken(secret: &[u8], code: &str, now_s: u64, used: u64) -> Option<u64> {
    let now = step(now_s);
    let mut found = None;
    for candidate in now.saturating_sub(DRIFT_STEPS)..=now + DRIFT_STEPS {
        let is_it = bool::from(self::code(secret, candidate).as_bytes().ct_eq(code.as_bytes()));
        if is_it && candidate > used {
            found = Some(candidate);
        }
    }
    found
}

/// A secret as people type it: base32 without padding (RFC 4648).
pub fn base32(bytes: &[u8]) -> String {
    let letter = |chunk: &[u8], at: usize| {
        let bit = |at: usize| chunk.get(at / 8).map_or(0, |byte| byte >> (7 - at % 8) & 1);
        let value = (0..5).fold(0, |value, further| value << 1 | bit(at * 5 + further));
        char::from(BASE32[usize::from(value)])
    };
    let letters =
        |chunk: &[u8]| (0..(chunk.len() * 8).div_ceil(5)).map(|at| letter(chunk, at)).collect::<String>();
    bytes.chunks(5).map(letters).collect()
}

/// Back from [`base32`]; `None` when it is none.
pub fn from_base32(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for letter in text.bytes() {
        let value = BASE32.iter().position(|known| *known == letter.to_ascii_uppercase())?;
        held = held << 5 | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    Some(bytes)
}

/// What an authenticator app reads from the picture (the key URI format that they share).
pub fn uri(secret: &[u8], issuer: &str, account: &str) -> String {
    let (issuer, account) = (percent(issuer), percent(account));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", base32(secret))
}

fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// RFC 4226, 5.3: four bytes from where the last half byte says, as so many decimal digits.
fn digits(secret: &[u8], counter: u64, digits: u32) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(&counter.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[19] & 0xf);
    let number = u32::from_be_bytes([hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]]);
    format!("{:0width$}", number % 10_u32.pow(digits), width = digits as usize)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn rfc_6238_the_vectors_of_appendix_b_for_sha_1() {
        for (now_s, expected) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(digits(SECRET, step(now_s), 8), expected, "{now_s}");
            assert_eq!(code(SECRET, step(now_s)), expected[2..], "{now_s}");
        }
    }

    #[test]
    fn rfc_4226_the_vectors_of_appendix_d() {
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871",
            "520489",
        ];
        let codes: Vec<String> = (0..10).map(|counter| code(SECRET, counter)).collect();
        assert_eq!(codes, expected);
    }

    #[test]
    fn a_code_is_taken_a_step_early_or_late_and_never_twice() {
        let now_s = 1_234_567_890;
        let now = step(now_s);
        for (of, is_taken) in
            [(now - 2, false), (now - 1, true), (now, true), (now + 1, true), (now + 2, false)]
        {
            let heard = taken(SECRET, &code(SECRET, of), now_s, 0);
            assert_eq!(heard, is_taken.then_some(of));
        }
        assert_eq!(taken(SECRET, &code(SECRET, now), now_s, now), None, "used");
        assert_eq!(taken(SECRET, &code(SECRET, now - 1), now_s, now), None, "older than one that was used");
        assert_eq!(taken(SECRET, &code(SECRET, now + 1), now_s, now), Some(now + 1));
        assert_eq!(taken(SECRET, "", now_s, 0), None);
        assert_eq!(taken(SECRET, "12345", now_s, 0), None);
    }

    #[test]
    fn rfc_4648_base32_there_and_back() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
            assert_eq!(from_base32(text).unwrap(), bytes.as_bytes());
            assert_eq!(from_base32(&text.to_lowercase()).unwrap(), bytes.as_bytes());
        }
        assert_eq!(from_base32("MZXW1"), None);
    }

    #[test]
    fn the_address_for_the_picture_names_desk_and_person() {
        assert_eq!(
            uri(b"foobar", "Frontdesk", "ben+1@shop.example"),
            "otpauth://totp/Frontdesk:ben%2B1@shop.example?secret=MZXW6YTBOI&issuer=Frontdesk"
        );
    }
}
