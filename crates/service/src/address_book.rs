//! The address book: who of the company is found by what somebody types.
//!
//! A company's index ([`rapport_core::directory::search`]) is made on a node when somebody there signs in who may look for
//! anyone, and stays as long as one of them does: of a large company it takes seconds. Whoever looks before it is there
//! waits for it. Whoever changes on it is read again before the next look; all are read again every ten minutes, since a
//! node isn't told of people in whom nobody there takes an interest; and an index that nobody holds, and nobody has used
//! for an hour, goes.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use rapport_core::directory::search::{Query, SearchIndex, Texts};
use rapport_core::directory::{Card, Person};
use rapport_fabric::Fabric;
use rapport_model::{Scope, TenantId, UserId};
use tokio::sync::{Notify, OnceCell};

use crate::ports::Ports;
use crate::{Result, Wire};

/// The most that one look may return.
pub const MAX_FOUND: usize = 100;
/// People read from the store at once.
const PAGE: usize = 1000;
/// How often books are looked after.
const ROUND: Duration = Duration::from_secs(10 * 60);
/// How long a book is kept that nobody uses.
const UNUSED: Duration = Duration::from_secs(60 * 60);

/// Finds people.
#[derive(Clone, Debug)]
pub struct AddressBook<F> {
    ports: Ports<F>,
}

/// Who was found.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The people, the likeliest first, and whether each is a contact of the asker.
    pub people: Vec<(Arc<Person>, bool)>,
    /// Whether there are more.
    pub more: bool,
    query: Option<Query>,
}

impl Listing {
    /// Tells whether somebody to whom a person shows so much of their card may know that they were found.
    pub fn shows(&self, person: &Person, shown: &Card) -> bool {
        self.query.as_ref().is_some_and(|query| query.tells_of(person, shown))
    }
}

/// Holds a company's index in memory.
#[derive(Debug)]
pub struct OpenBook {
    _book: Arc<Book>,
}

/// The books of this node.
#[derive(Debug, Default)]
pub(crate) struct Books {
    books: Mutex<HashMap<TenantId, Arc<Book>>>,
    /// Rings when there is one without an index.
    opened: Notify,
}

/// What is searched of one company.
#[derive(Debug)]
struct Book {
    /// Made when the book is opened, at the latest by whoever looks first.
    index: OnceCell<RwLock<SearchIndex>>,
    /// Who has changed since the index knew them.
    changed: Mutex<HashSet<u32>>,
    used: Mutex<Instant>,
}

impl Books {
    fn books(&self) -> MutexGuard<'_, HashMap<TenantId, Arc<Book>>> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a person isn't any more what the index knows.
    pub(crate) fn changed(&self, user: UserId) {
        if let Some(book) = self.books().get(&user.tenant) {
            book.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(user.user);
        }
    }

    fn open(&self, tenant: TenantId, now: Instant) -> Arc<Book> {
        let mut books = self.books();
        let book = books.entry(tenant).or_insert_with(|| {
            Arc::new(Book { index: OnceCell::new(), changed: Mutex::default(), used: Mutex::new(now) })
        });
        *book.used.lock().unwrap_or_else(PoisonError::into_inner) = now;
        book.clone()
    }
}

impl<F: Fabric<Message = Wire>> AddressBook<F> {
    pub(crate) const fn new(ports: Ports<F>) -> Self {
        Self { ports }
    }

    /// Opens a company's book for somebody who may look for people: its index is made before they do, and stays as long as
    /// what this returns.
    pub fn open(&self, tenant: TenantId) -> OpenBook {
        let books = &self.ports.directory.books;
        let book = books.open(tenant, self.ports.clock.monotonic());
        if book.index.get().is_none() {
            books.opened.notify_one();
        }
        OpenBook { _book: book }
    }

    /// Finds people of the asker's company by any part of name, address, phone, title or department: contacts of the asker
    /// first. Whoever may not sign in is not found. At most `limit`, and never more than [`MAX_FOUND`]. It searches what the
    /// directory has: who hides the field that was found is not to be shown ([`Listing::shows`]).
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn find(&self, scope: &Scope, asker: UserId, typed: &str, limit: usize) -> Result<Listing> {
        let Some(query) = Query::read(typed) else { return Ok(Listing::default()) };
        let contacts = self.ports.store.contact_people(scope, asker).await?;
        let favoured: BTreeSet<u32> = contacts.into_iter().map(|contact| contact.user).collect();
        let book = self.ports.directory.books.open(scope.tenant, self.ports.clock.monotonic());
        let index = book.index.get_or_try_init(|| self.read(scope)).await?;
        self.freshen(scope, &book, index).await?;
        let found = reading(index).find(&query, &favoured, limit.min(MAX_FOUND));
        let people = self.ports.people(scope, &found.users).await?.into_iter();
        let people = people.map(|person| {
            let is_contact = favoured.contains(&person.id.user);
            (person, is_contact)
        });
        Ok(Listing { people: people.collect(), more: found.more, query: Some(query) })
    }

    /// Makes the index of everybody.
    async fn read(&self, scope: &Scope) -> Result<RwLock<SearchIndex>> {
        let mut texts = Texts::default();
        let mut after = None;
        loop {
            let page = self.ports.store.people(scope, after, PAGE).await?;
            page.iter().filter(|person| person.enabled).for_each(|person| texts.add(person));
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.id),
                _ => break,
            }
        }
        let made = tokio::task::spawn_blocking(|| SearchIndex::of(texts)).await;
        made.map(RwLock::new)
            .map_err(|error| crate::Error::Internal(format!("an index was not made: {error}")))
    }

    /// Reads again who has changed.
    async fn freshen(&self, scope: &Scope, book: &Book, index: &RwLock<SearchIndex>) -> Result<()> {
        let changed = std::mem::take(&mut *book.changed.lock().unwrap_or_else(PoisonError::into_inner));
        if changed.is_empty() {
            return Ok(());
        }
        let users: Vec<UserId> =
            changed.iter().map(|user| UserId { tenant: scope.tenant, user: *user }).collect();
        for users in users.chunks(PAGE) {
            match self.ports.store.people_by_ids(scope, users).await {
                Ok(people) => take_in(index, users, &people),
                Err(error) => {
                    // Nobody is forgotten: the next look reads them.
                    book.changed.lock().unwrap_or_else(PoisonError::into_inner).extend(&changed);
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    /// Looks after the books for ever.
    pub(crate) async fn keep(&self) {
        // Not at once: what is read first is read by whoever opens a book.
        let mut rounds = tokio::time::interval_at(tokio::time::Instant::now() + ROUND, ROUND);
        rounds.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let is_round = tokio::select! {
                _ = rounds.tick() => true,
                () = self.ports.directory.books.opened.notified() => false,
            };
            let now = self.ports.clock.monotonic();
            let books: Vec<(TenantId, Arc<Book>)> = {
                let mut books = self.ports.directory.books.books();
                books.retain(|_, book| {
                    let used = *book.used.lock().unwrap_or_else(PoisonError::into_inner);
                    Arc::strong_count(book) > 1 || now.saturating_duration_since(used) < UNUSED
                });
                books.iter().map(|(tenant, book)| (*tenant, book.clone())).collect()
            };
            for (tenant, book) in books {
                let scope = Scope::service(tenant, "address book");
                let read = match book.index.get() {
                    Some(index) if is_round => self.reread(&scope, index).await,
                    Some(_) => Ok(()),
                    None => book.index.get_or_try_init(|| self.read(&scope)).await.map(drop),
                };
                if let Err(error) = read {
                    tracing::warn!(%error, %tenant, "an address book is read again later");
                }
            }
        }
    }

    /// Reads everybody again into an index that goes on serving.
    async fn reread(&self, scope: &Scope, index: &RwLock<SearchIndex>) -> Result<()> {
        let mut gone = reading(index).users();
        let mut after = None;
        loop {
            let page = self.ports.store.people(scope, after, PAGE).await?;
            let users: Vec<UserId> = page.iter().map(|person| person.id).collect();
            take_in(index, &users, &page);
            for user in &users {
                gone.remove(&user.user);
            }
            match users.last() {
                Some(last) if users.len() == PAGE => after = Some(*last),
                _ => break,
            }
        }
        let mut index = index.write().unwrap_or_else(PoisonError::into_inner);
        gone.into_iter().for_each(|user| index.remove(user));
        Ok(())
    }
}

fn reading(index: &RwLock<SearchIndex>) -> std::sync::RwLockReadGuard<'_, SearchIndex> {
    index.read().unwrap_or_else(PoisonError::into_inner)
}

/// Brings an index up to date with these people as the store has them, by number; who isn't there, or may not sign in,
/// goes.
fn take_in(index: &RwLock<SearchIndex>, asked: &[UserId], people: &[Person]) {
    let mut index = index.write().unwrap_or_else(PoisonError::into_inner);
    for user in asked {
        let at = people.binary_search_by_key(user, |person| person.id);
        match at.ok().and_then(|at| people.get(at)).filter(|person| person.enabled) {
            Some(person) => index.put(person),
            None => index.remove(user.user),
        }
    }
}
