//! A person who changes what they keep on the server, and remembers what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use rapport_testkit::chance::Chance;
use rapport_testkit::client::bodies::{self, Batch};
use rapport_testkit::driver::{Client, DriverError};

use crate::below;
use crate::document::elements;

const MEMBERS: &str = "http://schemas.microsoft.com/2006/09/sip/container-management";
/// The containers into which the personal note goes, in one publication.
const NOTE_IN: [u32; 3] = [200, 300, 400];

/// What a person keeps on the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// The names of the groups.
    pub groups: BTreeSet<String>,
    /// Display name by address.
    pub contacts: BTreeMap<String, String>,
    /// The text of the note.
    pub note: Option<String>,
    /// Who is on which access list.
    pub members: BTreeMap<u32, BTreeSet<String>>,
}

/// The numbers that the server counts changes with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions {
    /// Of the contact list.
    pub delta: u32,
    /// Of the note.
    pub note: u32,
    /// Of each access list.
    pub members: BTreeMap<u32, u32>,
}

/// A change of what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A group more.
    Group(String),
    /// A contact more, or another name for one.
    Contact(String, String),
    /// A contact less.
    NoContact(String),
    /// Another note.
    Note(String),
    /// Somebody more on an access list.
    Member(u32, String),
    /// Somebody less on an access list.
    NoMember(u32, String),
}

impl Kept {
    /// Picks a change that does change something.
    pub fn next(&self, chance: &Chance, count: u64) -> Change {
        let somebody = format!("colleague-{}@example.com", below(chance, 20));
        match below(chance, 5) {
            0 if self.groups.len() < 40 => Change::Group(format!("group {count}")),
            1 if self.contacts.contains_key(&somebody) => Change::NoContact(somebody),
            0..=2 => Change::Contact(somebody, format!("Name {count}")),
            3 => Change::Note(format!("note {count}")),
            _ => {
                let container = if below(chance, 2) == 0 { 300 } else { 32_000 };
                if self.members.get(&container).is_some_and(|members| members.contains(&somebody)) {
                    Change::NoMember(container, somebody)
                } else {
                    Change::Member(container, somebody)
                }
            }
        }
    }

    fn apply(&mut self, versions: &mut Versions, change: &Change) {
        match change {
            Change::Group(name) => {
                self.groups.insert(name.clone());
            }
            Change::Contact(address, name) => {
                self.contacts.insert(address.clone(), name.clone());
            }
            Change::NoContact(address) => {
                self.contacts.remove(address);
            }
            Change::Note(text) => self.note = Some(text.clone()),
            Change::Member(container, who) => {
                self.members.entry(*container).or_default().insert(who.clone());
            }
            Change::NoMember(container, who) => {
                self.members.entry(*container).or_default().remove(who);
            }
        }
        match change {
            Change::Group(_) | Change::Contact(..) | Change::NoContact(_) => versions.delta += 1,
            Change::Note(_) => versions.note += 1,
            Change::Member(container, _) | Change::NoMember(container, _) => {
                *versions.members.entry(*container).or_default() += 1;
            }
        }
    }
}

/// Somebody who makes changes, one after the other.
#[derive(Debug)]
pub struct Busy {
    /// What was acknowledged, or read back.
    pub kept: Kept,
    /// And how far it has been counted.
    pub versions: Versions,
    /// The change that was asked for and not answered when the server went.
    pub flying: Option<Change>,
    /// How many changes were acknowledged.
    pub acknowledged: u64,
    chance: Chance,
    asked: u64,
}

impl Busy {
    /// Somebody of whom nothing is known yet.
    pub fn new(seed: u64) -> Self {
        Self {
            kept: Kept::default(),
            versions: Versions::default(),
            flying: None,
            acknowledged: 0,
            chance: Chance::new(seed),
            asked: 0,
        }
    }

    /// Makes one change and waits for its acknowledgement.
    ///
    /// # Errors
    /// [`DriverError`]; the change is then the one that [`Busy::flying`] names.
    pub async fn change(&mut self, client: &mut Client) -> Result<(), DriverError> {
        self.asked += 1;
        let change = self.kept.next(&self.chance, self.asked);
        self.flying = Some(change.clone());
        self.ask(client, &change).await?;
        self.flying = None;
        self.acknowledged += 1;
        self.kept.apply(&mut self.versions, &change);
        Ok(())
    }

    /// Asks for a change and waits for a success.
    ///
    /// # Errors
    /// [`DriverError`].
    pub async fn ask(&self, client: &mut Client, change: &Change) -> Result<(), DriverError> {
        let Versions { delta, note, members } = &self.versions;
        let member = |container: u32, action: &str, who: &str| {
            let version = members.get(&container).copied().unwrap_or_default();
            format!(
                "<setContainerMembers xmlns=\"{MEMBERS}\"><container id=\"{container}\" version=\"{version}\"><member \
                 action=\"{action}\" type=\"user\" value=\"{who}\"/></container></setContainerMembers>"
            )
        };
        let uri = client.profile().uri();
        let request = match change {
            Change::Group(name) => client.change_contacts(bodies::add_group(name, *delta)),
            Change::Contact(address, name) => {
                client.change_contacts(bodies::set_contact(address, name, "1", *delta))
            }
            Change::NoContact(address) => client.change_contacts(bodies::delete_contact(address, *delta)),
            Change::Note(text) => client.publish(Batch::new(&uri).with_note(text, *note).finish()),
            Change::Member(container, who) => client.set_container_members(member(*container, "add", who)),
            Change::NoMember(container, who) => {
                client.set_container_members(member(*container, "remove", who))
            }
        };
        client.success(request).await.map(drop)
    }

    /// Compares what the server keeps with what was acknowledged, and goes on from what it keeps.
    ///
    /// # Errors
    /// What is missing, or half done.
    pub fn compare(&mut self, found: &(Kept, Versions)) -> Result<(), String> {
        let acknowledged = (self.kept.clone(), self.versions.clone());
        let mut whole = acknowledged.clone();
        let flying = self.flying.take();
        if let Some(change) = &flying {
            whole.0.apply(&mut whole.1, change);
        }
        if *found != acknowledged && *found != whole {
            return Err(format!(
                "acknowledged was {acknowledged:?},\nin flight was {flying:?},\nbut there is {found:?}"
            ));
        }
        (self.kept, self.versions) = found.clone();
        Ok(())
    }
}

/// Reads what the server keeps, as a client does that has just signed in.
///
/// # Errors
/// [`DriverError`].
///
/// # Panics
/// When the note is not the same in all its containers: it was published in one batch.
pub async fn read(client: &mut Client) -> Result<(Kept, Versions), DriverError> {
    let [contacts, _, own] = client.first_subscriptions().await?;
    let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
    let (contacts, own) = (text(&contacts.body), text(&own.body));
    let mut kept = Kept::default();
    let delta = bodies::delta_num(contacts.as_bytes()).expect("a contact list has its number");
    let groups = elements(&contacts, "group");
    kept.groups = groups.iter().map(|g| g.text("name").to_owned()).filter(|name| name != "~").collect();
    for contact in elements(&contacts, "contact") {
        kept.contacts.insert(contact.text("uri").to_owned(), contact.text("name").to_owned());
    }
    let notes: BTreeMap<u32, (u32, String)> = elements(&own, "category")
        .iter()
        .filter(|category| category.text("name") == "note" && category.text("instance") == "0")
        .map(|note| {
            let body = note.content.split("</body>").next().unwrap_or_default();
            let text = body.rsplit('>').next().unwrap_or_default();
            (note.number("container"), (note.number("version"), text.to_owned()))
        })
        .collect();
    let mut versions = Versions { delta, ..Versions::default() };
    if let Some(note) = notes.values().next() {
        assert_eq!(
            notes.keys().copied().collect::<Vec<_>>(),
            NOTE_IN,
            "the note is in all its containers or none"
        );
        assert!(notes.values().all(|other| other == note), "the note is the same in each: {notes:?}");
        (versions.note, kept.note) = (note.0, Some(note.1.clone()));
    }
    for container in elements(&own, "container") {
        let id = container.number("id");
        if id != 300 && id != 32_000 {
            continue;
        }
        let members = elements(&container.content, "member");
        kept.members.insert(id, members.iter().map(|member| member.text("value").to_owned()).collect());
        versions.members.insert(id, container.number("version"));
    }
    Ok((kept, versions))
}
