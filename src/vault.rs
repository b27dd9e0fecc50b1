//! Goods at rest: encrypted with authentication, found again by a keyed fingerprint. They are opened to be sent, and
//! for staff who look at them with `/viewstock`.

use crate::fault::{Code, Fault};
use crate::rules::ids::ProductId;
use crate::store::model::SealedUnit;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::Sha256;

/// Length of a key in bytes, before base64.
pub const KEY_BYTES: usize = 32;

const NONCE_BYTES: usize = 24;

/// Seals and opens goods with one key.
pub struct Vault {
    cipher: XChaCha20Poly1305,
    fingerprint_key: [u8; KEY_BYTES],
    key_id: String,
}

impl Vault {
    /// From the base64 of 32 random bytes, as [`fresh_key`] makes it. Nothing else is accepted: a padded or
    /// guessed key would make goods unreadable later.
    pub fn new(key: &str) -> Result<Self, Fault> {
        let bytes = STANDARD.decode(key.trim()).ok().filter(|bytes| bytes.len() == KEY_BYTES);
        let Some(master) = bytes else {
            let detail =
                "ENCRYPTION_KEY is not the base64 of 32 bytes, such as `openssl rand -base64 32` prints.";
            return Err(Fault::new(Code::ConfigInvalid, detail));
        };
        let encryption_key = derive(&master, b"encrypt goods")?;
        Ok(Self {
            cipher: XChaCha20Poly1305::new(Key::from_slice(&encryption_key)),
            fingerprint_key: derive(&master, b"fingerprint goods")?,
            key_id: derive(&master, b"name the key")?[..4].iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// Names the key without revealing it; kept beside everything it sealed.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Encrypts one unit of a product.
    pub fn seal(&self, product: ProductId, content: &str) -> Result<SealedUnit, Fault> {
        let fingerprint = mac(&self.fingerprint_key, content.as_bytes())?.to_vec();
        let mut nonce = [0u8; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let aad = self.bound_to(product, &fingerprint);
        let payload = Payload { msg: content.as_bytes(), aad: &aad };
        let sealed = self.cipher.encrypt(XNonce::from_slice(&nonce), payload);
        let sealed =
            sealed.map_err(|_| Fault::new(Code::GoodsUnreadable, "a unit could not be encrypted."))?;
        let ciphertext = [nonce.as_slice(), &sealed].concat();
        Ok(SealedUnit { ciphertext, key_id: self.key_id.clone(), fingerprint })
    }

    /// Decrypts one unit. A byte changed anywhere, or a row swapped with another, does not open.
    pub fn open(&self, product: ProductId, unit: &SealedUnit) -> Result<String, Fault> {
        let unreadable =
            |why: &str| Fault::new(Code::GoodsUnreadable, format!("a unit of product {product} {why}."));
        if unit.key_id != self.key_id {
            return Err(unreadable(&format!(
                "was sealed with key {}, not with {}",
                unit.key_id, self.key_id
            )));
        }
        let (nonce, sealed) =
            unit.ciphertext.split_at_checked(NONCE_BYTES).ok_or_else(|| unreadable("is too short"))?;
        let aad = self.bound_to(product, &unit.fingerprint);
        let content = self
            .cipher
            .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: &aad })
            .map_err(|_| unreadable("does not open"))?;
        String::from_utf8(content).map_err(|_| unreadable("is not text"))
    }

    /// Ties a ciphertext to its row: another product's or another row's content is refused.
    fn bound_to(&self, product: ProductId, fingerprint: &[u8]) -> Vec<u8> {
        [b"stock_units", self.key_id.as_bytes(), &product.0.to_be_bytes(), fingerprint].concat()
    }
}

/// A new random key in the form [`Vault::new`] takes.
pub fn fresh_key() -> String {
    let mut bytes = [0u8; KEY_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    STANDARD.encode(bytes)
}

fn derive(master: &[u8], purpose: &[u8]) -> Result<[u8; KEY_BYTES], Fault> {
    mac(master, purpose)
}

fn mac(key: &[u8], message: &[u8]) -> Result<[u8; KEY_BYTES], Fault> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key)
        .map_err(|_| Fault::new(Code::ConfigInvalid, "the encryption key has an impossible length."))?;
    mac.update(message);
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_again_and_finds_its_duplicate() {
        let vault = Vault::new(&fresh_key()).unwrap();
        let (one, two) = (
            vault.seal(ProductId(7), "a|b <c> 🎁").unwrap(),
            vault.seal(ProductId(7), "a|b <c> 🎁").unwrap(),
        );
        assert_eq!(vault.open(ProductId(7), &one).unwrap(), "a|b <c> 🎁");
        assert_eq!(one.fingerprint, two.fingerprint);
        assert_ne!(one.ciphertext, two.ciphertext);
    }

    #[test]
    fn any_changed_byte_and_any_other_place_is_refused() {
        let vault = Vault::new(&fresh_key()).unwrap();
        let unit = vault.seal(ProductId(7), "secret").unwrap();
        for place in 0..unit.ciphertext.len() {
            let mut changed = unit.clone();
            changed.ciphertext[place] ^= 1;
            assert_eq!(vault.open(ProductId(7), &changed).unwrap_err().code, Code::GoodsUnreadable);
        }
        assert!(vault.open(ProductId(8), &unit).is_err());
        let other = Vault::new(&fresh_key()).unwrap();
        assert!(other.open(ProductId(7), &unit).unwrap_err().detail.contains("was sealed with key"));
    }

    #[test]
    fn a_key_of_another_length_is_refused_not_replaced() {
        for key in ["", "short", "not base64 at all!", &STANDARD.encode([0; 31]), &STANDARD.encode([0; 33])] {
            assert!(Vault::new(key).is_err(), "{key}");
        }
    }
}
