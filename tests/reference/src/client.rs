//! A program as the service sees it: it asks one thing at a time, and believes what it is told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use rapport_core::contacts::{Delta, DeltaKind};
use rapport_core::presence::Document;
use rapport_fabric::{Fabric, Revision};
use rapport_model::{EndpointId, UserId};
use rapport_service::registrar::Session;
use rapport_service::session::OwnEvent;

use crate::list::{Asked, List};
use crate::possible::DeedId;
use crate::reference::{Category, Lives, Members, MembersChange, Operation, Place, View};
use crate::translate;

/// A signed-in program, or one that has been.
pub(crate) struct Client<F: Fabric> {
    pub(crate) endpoint: EndpointId,
    pub(crate) node: usize,
    /// Distinguishes it from others of the same endpoint.
    pub(crate) number: u64,
    pub(crate) session: Option<Session<F>>,
    pub(crate) busy: Option<Busy>,
    /// What it does by itself as soon as it can.
    pub(crate) todo: VecDeque<Request>,
    /// Its end, once that is possible.
    pub(crate) gone: Option<DeedId>,
    /// It has been told that it is over.
    pub(crate) over: bool,
    /// The revision of its own last publication's answer.
    pub(crate) told: Revision,
    pub(crate) own: Option<Own>,
    pub(crate) list: Option<List>,
    pub(crate) watching: BTreeMap<UserId, Watching>,
}

/// What a program waits for.
pub(crate) struct Busy {
    pub(crate) request: Request,
    /// What it may have done meanwhile, and to whom.
    pub(crate) deeds: Vec<(UserId, DeedId)>,
    /// What may be seen of whom, at the earliest, by the answer.
    pub(crate) marks: BTreeMap<UserId, usize>,
}

/// Something that a program asks for.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    SignIn,
    Publish(Vec<Operation>),
    Members(Vec<MembersChange>),
    Notice(Vec<UserId>),
    Subscribe {
        whom: Vec<Whom>,
        asked: BTreeSet<Category>,
    },
    Unsubscribe(Vec<UserId>),
    Poll {
        whom: Vec<Whom>,
        asked: BTreeSet<Category>,
    },
    OpenOwn,
    CloseOwn,
    /// Reads the own document again, since an event is older than what the program knows.
    ReadOwn,
    OpenList,
    CloseList,
    Change(Asked),
    SignOut,
}

/// Whom a program wants to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    /// A colleague, who may be told that this is somebody new.
    Colleague(UserId, bool),
    /// Nobody.
    Nobody,
    /// Somebody of another company.
    Foreigner,
}

/// What a program knows of somebody whom it watches.
pub(crate) struct Watching {
    pub(crate) asked: BTreeSet<Category>,
    pub(crate) view: View,
    /// What may have been seen since it began.
    pub(crate) since: usize,
}

/// What a program knows of its own person's document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Own {
    pub(crate) publications: BTreeMap<Place, (u32, Lives, Option<EndpointId>, Rc<str>)>,
    pub(crate) members: BTreeMap<u16, Members>,
    pub(crate) prompted: BTreeMap<UserId, bool>,
}

impl Own {
    pub(crate) fn of(document: &Document) -> Self {
        Self {
            publications: translate::publications(document),
            members: translate::memberships(document),
            prompted: translate::prompted(document),
        }
    }

    /// Takes in what has changed.
    pub(crate) fn hear(&mut self, event: &OwnEvent) {
        let now = Self::of(&event.document);
        for (category, container) in &event.categories {
            let category = translate::category(category.as_str());
            self.replace(&now, |place| (place.0, place.1) == (category, container.0));
        }
        for container in &event.containers {
            match now.members.get(&container.0) {
                Some(members) => self.members.insert(container.0, members.clone()),
                None => self.members.remove(&container.0),
            };
        }
        if event.subscribers {
            self.prompted = now.prompted;
        }
    }

    /// Takes in the answer to a publication: all of every category that it touched.
    pub(crate) fn hear_answer(&mut self, document: &Arc<Document>, touched: &BTreeSet<Category>) {
        self.replace(&Self::of(document), |place| touched.contains(place.0));
    }

    fn replace(&mut self, now: &Self, which: impl Fn(&Place) -> bool) {
        self.publications.retain(|place, _| !which(place));
        let new = now.publications.iter().filter(|(place, _)| which(place));
        self.publications.extend(new.map(|(place, p)| (*place, p.clone())));
    }
}

impl List {
    /// Takes in one step; false when it is not the next one, and the whole list must be read again.
    pub(crate) fn hear(&mut self, delta: &Delta) -> bool {
        if delta.prev != self.number {
            // What is known already is no news.
            return delta.number <= self.number;
        }
        self.number = delta.number;
        match &delta.what {
            DeltaKind::AddedContact { who, contact } | DeltaKind::ModifiedContact { who, contact } => {
                self.contacts.insert(translate::from_who(who), translate::contact(contact));
            }
            DeltaKind::DeletedContact { who } => {
                self.contacts.remove(&translate::from_who(who));
            }
            DeltaKind::AddedGroup { id, group } | DeltaKind::ModifiedGroup { id, group } => {
                self.groups.insert(*id, Rc::from(&*group.name));
            }
            DeltaKind::DeletedGroup { id } => {
                self.groups.remove(id);
            }
        }
        true
    }
}

impl<F: Fabric> Client<F> {
    pub(crate) fn new(endpoint: EndpointId, node: usize, number: u64) -> Self {
        Self {
            endpoint,
            node,
            number,
            session: None,
            busy: None,
            todo: VecDeque::new(),
            gone: None,
            over: false,
            told: Revision(0),
            own: None,
            list: None,
            watching: BTreeMap::new(),
        }
    }

    /// Whether it is signed in and may ask for something.
    pub(crate) fn is_idle(&self) -> bool {
        self.is_there() && self.busy.is_none()
    }

    /// Whether it waits for the answer to a subscription to somebody.
    pub(crate) fn is_subscribing(&self, user: UserId) -> bool {
        self.busy.as_ref().is_some_and(|busy| match &busy.request {
            Request::Subscribe { whom, .. } => {
                whom.iter().any(|whom| matches!(whom, Whom::Colleague(of, _) if *of == user))
            }
            _ => false,
        })
    }

    /// Whether it is signed in as far as it knows.
    pub(crate) fn is_there(&self) -> bool {
        self.session.is_some() && !self.over
    }
}
