//! A person who changes what they keep on the server, and remembers what was acknowledged.

use std::collections::BTreeMap;

use rapport_testkit::chance::Chance;
use rapport_testkit::client::bodies::{self, Batch};
use rapport_testkit::driver::{Client, DriverError};

use crate::below;
use crate::document::elements;
use crate::kept::{Change, Contact, Kept, Kind, LISTS, Versions};

const MEMBERS: &str = "http://schemas.microsoft.com/2006/09/sip/container-management";
/// The containers into which the personal note goes, in one publication.
const NOTE_IN: [u32; 3] = [200, 300, 400];

/// Somebody who makes changes, one after the other.
#[derive(Debug)]
pub struct Busy {
    /// What was acknowledged, or read back.
    pub kept: Kept,
    /// And how far it has been counted.
    pub versions: Versions,
    /// The change that was asked for and not acknowledged.
    pub flying: Option<Change>,
    /// How many changes of each kind were acknowledged.
    pub acknowledged: BTreeMap<Kind, u64>,
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
            acknowledged: BTreeMap::new(),
            chance: Chance::new(seed),
            asked: 0,
        }
    }

    /// Makes one change of any kind and waits for its acknowledgement.
    ///
    /// # Errors
    /// [`DriverError`]; the change is then the one that [`Busy::flying`] names.
    pub async fn change(&mut self, client: &mut Client) -> Result<(), DriverError> {
        loop {
            let kind = Kind::ALL[below(&self.chance, Kind::ALL.len() as u64) as usize];
            if self.change_of(kind, client).await? {
                return Ok(());
            }
        }
    }

    /// Makes one change of that kind and waits for its acknowledgement; false when there is none to make.
    ///
    /// # Errors
    /// As [`Busy::change`].
    pub async fn change_of(&mut self, kind: Kind, client: &mut Client) -> Result<bool, DriverError> {
        self.asked += 1;
        let Some(change) = self.kept.change(kind, &self.chance, self.asked) else { return Ok(false) };
        self.make(client, change).await?;
        *self.acknowledged.entry(kind).or_default() += 1;
        Ok(true)
    }

    /// Makes this change and waits for its acknowledgement.
    ///
    /// # Errors
    /// As [`Busy::change`].
    pub async fn make(&mut self, client: &mut Client, change: Change) -> Result<(), DriverError> {
        self.flying = Some(change.clone());
        self.ask(client, &change).await?;
        self.flying = None;
        self.kept.apply(&mut self.versions, &change);
        Ok(())
    }

    /// Asks for a change and waits for a success.
    async fn ask(&self, client: &mut Client, change: &Change) -> Result<(), DriverError> {
        let Versions { delta, note, members } = &self.versions;
        let member = |list: u32, action: &str, who: &str| {
            let version = members.get(&list).copied().unwrap_or_default();
            format!(
                "<setContainerMembers xmlns=\"{MEMBERS}\"><container id=\"{list}\" version=\"{version}\"><member \
                 action=\"{action}\" type=\"user\" value=\"{who}\"/></container></setContainerMembers>"
            )
        };
        let uri = client.profile().uri();
        let request = match change {
            Change::Group(name) => client.change_contacts(bodies::add_group(name, *delta)),
            Change::GroupName(number, name) => {
                client.change_contacts(bodies::modify_group(*number, name, *delta))
            }
            Change::NoGroup(number) => client.change_contacts(bodies::delete_group(*number, *delta)),
            Change::Contact(address, Contact { name, groups }) => {
                client.change_contacts(bodies::set_contact(address, name, &numbers(groups), *delta))
            }
            Change::NoContact(address) => client.change_contacts(bodies::delete_contact(address, *delta)),
            Change::Note(text) => client.publish(Batch::new(&uri).with_note(text, *note).finish()),
            Change::Member(list, who) => client.set_container_members(member(*list, "add", who)),
            Change::NoMember(list, who) => client.set_container_members(member(*list, "remove", who)),
        };
        let response = client.success(request).await?;
        if let Change::Group(name) = change {
            let number = bodies::group_id(&response.body);
            assert_eq!(number, Some(self.kept.next_group()), "the number of {name}");
        }
        Ok(())
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
/// When the note is not the same in all its containers, for it was published in one batch; and when groups and contacts
/// are not listed in the order of their numbers and addresses, each once.
pub async fn read(client: &mut Client) -> Result<(Kept, Versions), DriverError> {
    let [contacts, _, own] = client.first_subscriptions().await?;
    let text = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
    let (contacts, own) = (text(&contacts.body), text(&own.body));
    let delta = bodies::delta_num(contacts.as_bytes()).expect("a contact list has its number");
    let groups = elements(&contacts, "group");
    let groups = in_order(groups.iter().map(|group| (group.number("id"), group.text("name").to_owned())));
    let listed = elements(&contacts, "contact");
    let contacts = in_order(listed.iter().map(|contact| {
        let groups = contact.text("groups").split(' ').map(|number| number.parse().expect("a number"));
        let kept = Contact { name: contact.text("name").to_owned(), groups: groups.collect() };
        (contact.text("uri").to_owned(), kept)
    }));
    let mut kept = Kept { groups, contacts, ..Kept::default() };
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
        if !LISTS.contains(&id) {
            continue;
        }
        let members = elements(&container.content, "member");
        kept.members.insert(id, members.iter().map(|member| member.text("value").to_owned()).collect());
        versions.members.insert(id, container.number("version"));
    }
    Ok((kept, versions))
}

fn in_order<K: Ord + Clone + std::fmt::Debug, V>(listed: impl Iterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let listed: Vec<(K, V)> = listed.collect();
    let keys: Vec<K> = listed.iter().map(|(key, _)| key.clone()).collect();
    assert!(keys.is_sorted_by(|one, next| one < next), "listed out of order or twice: {keys:?}");
    listed.into_iter().collect()
}

fn numbers(groups: &[u32]) -> String {
    groups.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}
