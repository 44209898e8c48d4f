//! Heads of audit logs, signed and kept outside of the database: a log that was shortened or written anew as a whole
//! still contradicts a head that somebody else holds.
//!
//! A file of heads has a JSON object per line: a head, or which key came after which when the service key was replaced.
//! The signatures are over the texts that [`AuditHead::message`] and [`Succession::message`] return.

use std::collections::BTreeSet;

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

    /// Reads a line of a file of heads, and sees that the holder of a trusted key signed it.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the line.
    pub fn read(line: &str, keys: &Trusted) -> Result<Self> {
        let head: Self = serde_json::from_str(line).context("this is no head of an audit log")?;
        if !keys.keys.contains(&head.key) {
            bail!("it was signed with the key {}, not with {}", head.key, keys.given);
        }
        if !holds(&head.key, &head.message(), &head.signature)? {
            bail!("the signature does not belong to what the line says");
        }
        Ok(head)
    }
}

/// Which key came after which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Succession {
    /// When this was written, in RFC 3339's form.
    pub at: String,
    /// The public key that signs from then on, in hexadecimal digits.
    pub key: String,
    /// The public key that signed before.
    pub succeeds: String,
    /// The Ed25519 signature of the new key, in hexadecimal digits.
    pub signature: String,
    /// That of the key before.
    pub old_signature: String,
}

impl Succession {
    /// Signs for both.
    pub fn signed(old: &Signer, new: &Signer, at: String) -> Self {
        let (key, succeeds) = (hex(&new.public()), hex(&old.public()));
        let mut line = Self { at, key, succeeds, signature: String::new(), old_signature: String::new() };
        let message = line.message();
        line.signature = hex(&new.sign(message.as_bytes()));
        line.old_signature = hex(&old.sign(message.as_bytes()));
        line
    }

    /// Returns the text that is signed.
    pub fn message(&self) -> String {
        let Self { at, key, succeeds, .. } = self;
        format!("rapport audit key 1\n{at}\n{succeeds}\n{key}\n")
    }

    /// Reads a line; none when it is none, or not signed by both.
    fn read(line: &str) -> Option<Self> {
        let line: Self = serde_json::from_str(line).ok()?;
        let message = line.message();
        let both = [(&line.key, &line.signature), (&line.succeeds, &line.old_signature)];
        both.iter().all(|(key, signature)| holds(key, &message, signature).unwrap_or(false)).then_some(line)
    }
}

/// The keys whose heads are believed.
#[derive(Clone, Debug)]
pub struct Trusted {
    given: String,
    keys: BTreeSet<String>,
}

impl Trusted {
    /// Believes a key, those that came after it one after the other, and those that came before it.
    ///
    /// Not those that came after one that came before it: who has stolen a key that was replaced for that reason can
    /// name any successor.
    pub fn of(key: &str, file: &str) -> Self {
        let lines: Vec<Succession> = file.lines().filter_map(Succession::read).collect();
        let follow = |step: fn(&Succession) -> (&String, &String)| {
            let mut found = BTreeSet::from([key.to_owned()]);
            // Each turn finds one more, or there is none.
            while let Some(next) = lines
                .iter()
                .map(step)
                .find_map(|(from, to)| (found.contains(from) && !found.contains(to)).then(|| to.clone()))
            {
                found.insert(next);
            }
            found
        };
        let after = follow(|line| (&line.succeeds, &line.key));
        let before = follow(|line| (&line.key, &line.succeeds));
        Self { given: key.to_owned(), keys: after.into_iter().chain(before).collect() }
    }
}

/// Tells whether a line of a file of heads is about keys, whoever signed it.
pub fn is_succession(line: &str) -> bool {
    serde_json::from_str::<Succession>(line).is_ok()
}

fn holds(key: &str, message: &str, signature: &str) -> Result<bool> {
    let public = octets(key).and_then(|octets| octets.try_into().ok()).context("the key is damaged")?;
    let signature = octets(signature).context("the signature is damaged")?;
    Ok(is_signed(&public, message.as_bytes(), &signature))
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
        let trusted = Trusted::of(&key, "");
        assert_eq!(AuditHead::read(&line, &trusted).expect("signed"), head);
        for (from, to) in [("\"number\":7", "\"number\":8"), ("boats", "boots"), ("abab", "abac")] {
            let forged = line.replacen(from, to, 1);
            let said = AuditHead::read(&forged, &trusted).expect_err("forged").to_string();
            assert!(said.contains("signature"), "{said}");
        }
        let other = ServiceKey::ephemeral().and_then(|key| key.signer()).expect("another");
        assert!(AuditHead::read(&line, &Trusted::of(&hex(&other.public()), "")).is_err());
        assert!(AuditHead::read("{}", &trusted).is_err());
    }

    #[test]
    fn a_key_vouches_for_those_before_it_and_hands_over_to_those_after_it_and_no_further() {
        let signers: Vec<Signer> =
            (0..4).map(|_| ServiceKey::ephemeral().and_then(|key| key.signer()).expect("a signer")).collect();
        let name = |n: usize| hex(&signers[n].public());
        let line = |old: usize, new: usize| Succession::signed(&signers[old], &signers[new], String::new());
        let text = |line: &Succession| serde_json::to_string(line).expect("a line");
        // The key 1 came after 0, and 2 after 1; whoever stole 0 names 3 as its successor.
        let file = [line(0, 1), line(1, 2), line(0, 3)].iter().map(text).collect::<Vec<_>>().join("\n");
        let trusted = |n: usize, file: &str| {
            let keys = Trusted::of(&name(n), file).keys;
            (0..4).filter(|n| keys.contains(&name(*n))).collect::<Vec<_>>()
        };
        assert_eq!(trusted(2, &file), [0, 1, 2]);
        assert_eq!(trusted(1, &file), [0, 1, 2]);
        assert_eq!(trusted(0, &file), [0, 1, 2, 3]);
        // A line that only one of the two has signed says nothing.
        let forge: [fn(&mut Succession); 2] = [
            |line| line.old_signature = line.signature.clone(),
            |line| line.signature = line.old_signature.clone(),
        ];
        for forge in forge {
            let mut forged = line(0, 1);
            forge(&mut forged);
            assert_eq!(trusted(1, &text(&forged)), [1]);
            assert_eq!(trusted(0, &text(&forged)), [0]);
            assert!(is_succession(&text(&forged)));
        }
    }
}
