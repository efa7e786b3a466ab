//! Encrypts a message for one browser: ECDH on P-256, HKDF with SHA-256, AES-128-GCM in one record, as RFC 8291
//! puts RFC 8188 to use. Knows no HTTP.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};

/// Of the one record. A push service takes 4,096 bytes (RFC 8030, 7.2); ours are far smaller.
const RECORD_BYTES: u32 = 4_096;
/// Ends the last record.
const LAST: u8 = 2;

/// The body of a push; `None`: the browser's key is no point of the curve, or there are no random numbers.
pub(super) fn encrypt(browser: &[u8], auth: &[u8], message: &[u8], random: &SystemRandom) -> Option<Vec<u8>> {
    let ours = EphemeralPrivateKey::generate(&ECDH_P256, random).ok()?;
    let public = ours.compute_public_key().ok()?;
    let mut salt = [0; 16];
    random.fill(&mut salt).ok()?;
    let keys = Keys { browser, ours: public.as_ref(), auth };
    agree_ephemeral(ours, &UnparsedPublicKey::new(&ECDH_P256, browser), |shared| {
        keys.seal(shared, salt, message)
    })
    .ok()?
}

/// What both sides know, but for the shared secret.
struct Keys<'a> {
    /// The browser's public key.
    browser: &'a [u8],
    /// Our public key, made for this message.
    ours: &'a [u8],
    /// The secret that the browser gave us with its key.
    auth: &'a [u8],
}

impl Keys<'_> {
    fn seal(&self, shared: &[u8], salt: [u8; 16], message: &[u8]) -> Option<Vec<u8>> {
        let mut input: [u8; 32] = [0; 32];
        derive(self.auth, shared, &[b"WebPush: info\0", self.browser, self.ours], &mut input)?;
        let (mut key, mut nonce) = ([0; 16], [0; 12]);
        derive(&salt, &input, &[b"Content-Encoding: aes128gcm\0"], &mut key)?;
        derive(&salt, &input, &[b"Content-Encoding: nonce\0"], &mut nonce)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?);
        let mut record = message.to_vec();
        record.push(LAST);
        // One record for each key, so no nonce is used twice.
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record).ok()?;
        let id_bytes = u8::try_from(self.ours.len()).ok()?;
        let head: [&[u8]; 4] = [&salt, &RECORD_BYTES.to_be_bytes(), &[id_bytes], self.ours];
        Some([&head.concat(), &*record].concat())
    }
}

struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF (RFC 5869).
fn derive(salt: &[u8], input: &[u8], info: &[&[u8]], out: &mut [u8]) -> Option<()> {
    let key = Salt::new(HKDF_SHA256, salt).extract(input);
    key.expand(info, Bytes(out.len())).ok()?.fill(out).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// RFC 8291, appendix A. ring takes no private key from outside, so the secret of the two keys is the
    /// appendix's own; that ours is agreed on with a browser's is proved by the test of a whole push.
    #[test]
    fn the_worked_example_of_rfc_8291_comes_out_byte_for_byte() {
        let browser =
            bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let ours =
            bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let keys = Keys { browser: &browser, ours: &ours, auth: &auth };
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let shared = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let sealed = keys.seal(&shared, salt, b"When I grow up, I want to be a watermelon").unwrap();
        assert_eq!(
            URL_SAFE_NO_PAD.encode(sealed),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK\
             6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn a_key_that_is_no_point_is_refused_and_no_two_pushes_are_alike() {
        let random = SystemRandom::new();
        assert_eq!(encrypt(&[4; 65], &[1; 16], b"hello", &random), None);
        let browser =
            EphemeralPrivateKey::generate(&ECDH_P256, &random).unwrap().compute_public_key().unwrap();
        let push = || encrypt(browser.as_ref(), &[1; 16], b"hello", &random).unwrap();
        assert_ne!(push(), push());
    }
}
