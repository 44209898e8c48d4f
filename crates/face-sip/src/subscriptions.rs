//! The subscription dialogs of one connection (RFC 3265; [MS-SIP] §3.3 to §3.7).

use std::time::{Duration, Instant};

use rapport_model::UserId;
use rapport_sip::{HeaderName, Headers, Request};

/// Subscriptions of one client; a real one has about five.
const MOST: usize = 32;

/// What is subscribed to.
#[derive(Clone, Debug)]
pub(crate) enum Package {
    /// The contact list.
    Contacts,
    /// The person's own document.
    Own,
    /// Other people's presence; who they are.
    Presence(Vec<UserId>),
    /// Who has added the person to a contact list.
    Pending,
    /// Settings, access lists of older clients: nothing of it changes.
    Fixed,
}

/// A subscription dialog: we are the notifier.
#[derive(Clone, Debug)]
pub(crate) struct Subscription {
    pub(crate) package: Package,
    pub(crate) event: Box<str>,
    pub(crate) call_id: Box<str>,
    /// Our tag.
    pub(crate) tag: Box<str>,
    /// The From value of our notifications: the To of the SUBSCRIBE with our tag.
    pub(crate) local: Box<str>,
    /// The To value of our notifications: the From of the SUBSCRIBE.
    pub(crate) remote: Box<str>,
    /// The number of the last notification.
    pub(crate) cseq: u32,
    pub(crate) interval: Duration,
    pub(crate) expires_at: Instant,
    /// Each notification restarts the interval (`com.microsoft.autoextend`).
    pub(crate) extends: bool,
    /// Notifications are BENOTIFY, which nobody answers.
    pub(crate) best_effort: bool,
}

/// The subscriptions of one connection.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    all: Vec<Subscription>,
}

impl Subscription {
    /// Makes the dialog that a SUBSCRIBE and our 200 with `tag` make.
    ///
    /// The number of the first notification is that of the piggy-backed one, 1.
    pub(crate) fn new(
        request: &Request,
        tag: &str,
        package: Package,
        interval: Duration,
        now: Instant,
    ) -> Self {
        let headers = &request.headers;
        let to = headers.get(HeaderName::To).unwrap_or_default();
        let tagged = headers.to_addr().is_ok_and(|to| to.tag().is_some());
        let local = if tagged { to.to_owned() } else { format!("{to};tag={tag}") };
        Self {
            package,
            event: headers.event_package().unwrap_or_default().into(),
            call_id: headers.call_id().unwrap_or_default().into(),
            tag: tag.into(),
            local: local.into(),
            remote: headers.get(HeaderName::From).unwrap_or_default().into(),
            cseq: 1,
            interval,
            expires_at: now + interval,
            extends: headers.has_token(HeaderName::Supported, "com.microsoft.autoextend"),
            best_effort: headers.has_token(HeaderName::Supported, "ms-benotify"),
        }
    }
}

impl Subscriptions {
    /// Returns the dialog that a request belongs to.
    pub(crate) fn of(&mut self, headers: &Headers) -> Option<&mut Subscription> {
        let call_id = headers.call_id()?;
        let tag = headers.to_addr().ok()?.tag()?;
        self.all.iter_mut().find(|s| *s.call_id == *call_id && *s.tag == *tag)
    }

    /// Puts a dialog in, in the place of one with the same identity; false when there are too many.
    pub(crate) fn insert(&mut self, subscription: Subscription) -> bool {
        let same = |s: &Subscription| s.call_id == subscription.call_id && s.tag == subscription.tag;
        self.all.retain(|s| !same(s));
        if self.all.len() >= MOST {
            return false;
        }
        self.all.push(subscription);
        true
    }

    /// Takes a dialog out.
    pub(crate) fn remove(&mut self, headers: &Headers) -> Option<Subscription> {
        let call_id = headers.call_id()?;
        let tag = headers.to_addr().ok()?.tag()?;
        let at = self.all.iter().position(|s| *s.call_id == *call_id && *s.tag == *tag)?;
        Some(self.all.swap_remove(at))
    }

    /// Takes out what has run out by `now`.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<Subscription> {
        let (over, current) = std::mem::take(&mut self.all).into_iter().partition(|s| s.expires_at <= now);
        self.all = current;
        over
    }

    /// Returns the dialogs that fit.
    pub(crate) fn matching(
        &mut self,
        fits: impl Fn(&Package) -> bool,
    ) -> impl Iterator<Item = &mut Subscription> {
        self.all.iter_mut().filter(move |s| fits(&s.package))
    }

    /// Tells whether a person is in another dialog than the one given.
    pub(crate) fn watches(&self, user: UserId) -> bool {
        self.all.iter().any(|s| matches!(&s.package, Package::Presence(people) if people.contains(&user)))
    }
}
