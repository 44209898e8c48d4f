//! Heads of audit logs, signed and kept outside of the database: a log that was shortened or written anew as a whole
//! still contradicts a head that somebody else holds.
//!
//! A file of heads has a JSON object per line. The signature is over the text that [`AuditHead::message`] returns.

use anyhow::{Context, Result, bail};
use rapport_secrets::{Signer, is_signed};
use serde::{Deserialize, Serialize};

/// The last line of a company's audit log at some moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditHead {
    /// When this was written, in RFC 3339's form.
    pub at: String,
    /// The company's number, such as `t1`.
    pub tenant: String,
    /// Its short name then.
    pub company: String,
    /// The number of the line.
    pub number: u64,
    /// The hash of that line and of all before it, in hexadecimal digits.
    pub link: String,
    /// The public key that signed, in hexadecimal digits.
    pub key: String,
    /// The Ed25519 signature, in hexadecimal digits.
    pub signature: String,
}

impl AuditHead {
    /// Signs a head.
    pub fn signed(
        signer: &Signer,
        at: String,
        tenant: String,
        company: String,
        number: u64,
        link: String,
    ) -> Self {
        let key = hex(&signer.public());
        let mut head = Self { at, tenant, company, number, link, key, signature: String::new() };
        head.signature = hex(&signer.sign(head.message().as_bytes()));
        head
    }

    /// Returns the text that is signed.
    pub fn message(&self) -> String {
        let Self { at, tenant, company, number, link, .. } = self;
        format!("rapport audit head 1\n{at}\n{tenant}\n{company}\n{number}\n{link}\n")
    }

    /// Reads a line of a file of heads, and sees that the holder of `key` signed it.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the line.
    pub fn read(line: &str, key: &str) -> Result<Self> {
        let head: Self = serde_json::from_str(line).context("this is no head of an audit log")?;
        if head.key != key {
            bail!("it was signed with the key {}, not with {key}", head.key);
        }
        let public =
            octets(&head.key).and_then(|octets| octets.try_into().ok()).context("the key is damaged")?;
        let signature = octets(&head.signature).context("the signature is damaged")?;
        if !is_signed(&public, head.message().as_bytes(), &signature) {
            bail!("the signature does not belong to what the line says");
        }
        Ok(head)
    }
}

/// Writes octets as hexadecimal digits.
pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn octets(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use rapport_secrets::ServiceKey;

    use super::*;

    #[test]
    fn a_head_is_read_back_and_a_changed_one_is_not_believed() {
        let signer = ServiceKey::ephemeral().and_then(|key| key.signer()).expect("a signer");
        let key = hex(&signer.public());
        let [at, tenant, company] = ["2026-11-26T00:00:00Z", "t1", "boats"].map(str::to_owned);
        let head = AuditHead::signed(&signer, at, tenant, company, 7, "ab".repeat(32));
        let line = serde_json::to_string(&head).expect("a line");
        assert_eq!(AuditHead::read(&line, &key).expect("signed"), head);
        for (from, to) in [("\"number\":7", "\"number\":8"), ("boats", "boots"), ("abab", "abac")] {
            let forged = line.replacen(from, to, 1);
            let said = AuditHead::read(&forged, &key).expect_err("forged").to_string();
            assert!(said.contains("signature"), "{said}");
        }
        let other = ServiceKey::ephemeral().and_then(|key| key.signer()).expect("another");
        assert!(AuditHead::read(&line, &hex(&other.public())).is_err());
        assert!(AuditHead::read("{}", &key).is_err());
    }
}
