//! What schema 8 keeps beside: message history under its company's key. An entry is written here octet by octet, as the
//! service of that day wrote it, so that a later service is seen to read it.

use anyhow::{Context as _, Result, ensure};
use rapport_core::directory::PersonRef;
use rapport_model::{Aor, MessageId, Scope, Timestamp, UserId};
use rapport_secrets::{HistoryKey, PersonKey, ServiceKey};
use rapport_store::{HistoryKey as KeptKey, NewHistoryEntry, Sealed, Store};

use crate::company::{ANA, AT, BEN, NORTH};

/// By chance, as each key's number.
const KEY: i64 = -7_316_420_915;
const TYPE: &str = "text/plain; charset=UTF-8";

/// One message of Ana's: with whom, when, whether Ana said it, whether it failed, the address of then, and what it says.
pub struct Said {
    /// The other.
    pub peer: PersonRef,
    /// When.
    pub at: Timestamp,
    /// Whether Ana said it.
    pub sent: bool,
    /// Whether it was not delivered.
    pub failed: bool,
    /// What it says.
    pub text: &'static str,
    address: &'static str,
}

/// What Ana has said and was told, the earliest first.
pub fn said() -> [Said; 3] {
    let carl = PersonRef::Address(Aor::parse("carl@elsewhere.example").expect("an address"));
    let ben = || PersonRef::Person(BEN);
    let at = |after: i64| Timestamp(AT.0 + after);
    let (of_ben, of_carl) = ("ben@north.example", "carl@elsewhere.example");
    [
        Said {
            peer: ben(), at: at(0), sent: true, failed: false, text: "Grüße aus 東京", address: of_ben
        },
        Said { peer: ben(), at: at(1), sent: false, failed: false, text: "Danke!", address: of_ben },
        Said {
            peer: carl,
            at: at(60_000),
            sent: true,
            failed: true,
            text: "Hörst du mich?",
            address: of_carl,
        },
    ]
}

impl Said {
    /// The octets that are sealed: the first format.
    fn content(&self) -> Vec<u8> {
        let mut content = vec![1, u8::from(self.sent) | if self.failed { 2 } else { 0 }];
        for text in [self.address, TYPE] {
            content.extend_from_slice(&u16::try_from(text.len()).expect("short").to_be_bytes());
            content.extend_from_slice(text.as_bytes());
        }
        content.extend_from_slice(self.text.as_bytes());
        content
    }

    /// What is authenticated beside them: company, person, time and the other.
    fn context(&self, user: UserId) -> Vec<u8> {
        let mut context = user.tenant.0.to_be_bytes().to_vec();
        context.extend_from_slice(&user.user.to_be_bytes());
        context.extend_from_slice(&self.at.0.to_be_bytes());
        match &self.peer {
            PersonRef::Person(peer) => context.extend_from_slice(&peer.user.to_be_bytes()),
            PersonRef::Address(peer) => context.extend_from_slice(peer.as_str().as_bytes()),
        }
        context
    }
}

/// Writes Ana's history.
///
/// # Errors
/// The store says no.
pub(crate) async fn write(store: &dyn Store, scope: &Scope, key: &ServiceKey) -> Result<()> {
    let history = HistoryKey::random()?;
    let sealed = Sealed(key.seal_history_key(NORTH, &history)?);
    store.add_history_key(scope, KeptKey { id: KEY, sealed }).await?;
    let person = history.of_person(ANA)?;
    let entry = |said: Said| {
        let sealed = Sealed(person.seal(&said.context(ANA), &said.content())?);
        let id = MessageId::first_of(said.at);
        anyhow::Ok(NewHistoryEntry { user: ANA, id, peer: said.peer, at: said.at, sealed })
    };
    let entries = said().into_iter().map(entry).collect::<Result<Vec<_>>>()?;
    ensure!(store.append_history(scope, KEY, entries).await? == 3, "an entry is missing");
    Ok(())
}

/// Checks that it stands there, each entry under the name that its time gives it.
///
/// # Errors
/// The first thing that differs.
pub(crate) async fn read_back(store: &dyn Store, scope: &Scope, key: &ServiceKey) -> Result<()> {
    let kept = store.history_key(scope).await?.context("the key of the history has gone")?;
    ensure!(kept.id == KEY, "the key has the number {}", kept.id);
    let person: PersonKey = key.open_history_key(NORTH, &kept.sealed.0)?.of_person(ANA)?;
    let found = store.history(scope, ANA, None, None, 10).await?;
    ensure!(found.len() == 3, "there are {} entries", found.len());
    for (entry, said) in found.iter().rev().zip(said()) {
        ensure!(entry.id == MessageId::first_of(said.at), "an entry is called {}", entry.id);
        ensure!((&entry.peer, entry.at) == (&said.peer, said.at), "{entry:?} is another");
        ensure!(
            person.open(&said.context(ANA), &entry.sealed.0)? == said.content(),
            "it says something else"
        );
    }
    let peers = store.history_peers(scope, ANA, AT, None, 10).await?;
    let counts: Vec<u64> = peers.iter().map(|peer| peer.count).collect();
    ensure!(counts == [1, 2], "with whom: {counts:?}");
    Ok(())
}
