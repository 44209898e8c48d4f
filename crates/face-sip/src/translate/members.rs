//! Who shall be in which container, and who was taken notice of. \[MS-PRES\] 2.2.2.3, 2.2.2.4

use std::collections::{BTreeMap, BTreeSet};

use rapport_core::directory::PersonRef;
use rapport_core::presence::{Member, MemberAction, MembershipChange};
use rapport_model::{Aor, ContainerId, SipDomain};
use rapport_msbody::container::{ContainerChange, MemberChange, MemberKind, SubscriberChange};

use super::Untranslatable;
use super::publish::container;

/// Membership changes that a client asks for, until it is known who their people are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AskedMembers {
    containers: Vec<AskedContainer>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct AskedContainer {
    id: ContainerId,
    version: u32,
    members: Vec<(MemberAction, Named)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    /// One person by address.
    User(Aor),
    /// Anything else, known without looking.
    Other(Member),
}

impl AskedMembers {
    /// Reads the body of `setContainerMembers`.
    ///
    /// # Errors
    ///
    /// When a container is none, a user no address or a domain no name.
    pub(crate) fn read(changes: &[ContainerChange]) -> Result<Self, Untranslatable> {
        let containers = changes
            .iter()
            .map(|change| {
                let members = change.changes.iter().map(member).collect::<Result<_, _>>()?;
                Ok(AskedContainer { id: container(change.id)?, version: change.version, members })
            })
            .collect::<Result<_, Untranslatable>>()?;
        Ok(Self { containers })
    }

    /// The addresses of which must be found out whose they are, each once.
    pub(crate) fn addresses(&self) -> BTreeSet<&Aor> {
        self.containers
            .iter()
            .flat_map(|container| &container.members)
            .filter_map(|(_, named)| match named {
                Named::User(address) => Some(address),
                Named::Other(_) => None,
            })
            .collect()
    }

    /// Returns the changes; an address that is not in `people` stays one.
    pub(crate) fn into_changes(self, people: &BTreeMap<Aor, PersonRef>) -> Vec<MembershipChange> {
        self.containers
            .into_iter()
            .map(|AskedContainer { id, version, members: asked }| {
                let mut members = Vec::with_capacity(asked.len());
                for (action, named) in asked {
                    match named {
                        Named::Other(member) => members.push((action, member)),
                        Named::User(address) => {
                            let bare = PersonRef::Address(address.clone());
                            let found = people.get(&address).cloned().unwrap_or_else(|| bare.clone());
                            // Somebody may have been put in before the address was anybody's: it looks the same to
                            // a client, so both go.
                            if action == MemberAction::Remove && found != bare {
                                members.push((action, Member::User(bare)));
                            }
                            members.push((action, Member::User(found)));
                        }
                    }
                }
                MembershipChange { container: id, version, members }
            })
            .collect()
    }
}

fn member(change: &MemberChange) -> Result<(MemberAction, Named), Untranslatable> {
    let value = change.value.as_deref().unwrap_or_default();
    let named = match change.kind {
        MemberKind::User => Named::User(Aor::parse(value)?),
        MemberKind::Domain => Named::Other(Member::Domain(SipDomain::parse(value)?)),
        MemberKind::SameEnterprise => Named::Other(Member::SameEnterprise),
        MemberKind::Federated => Named::Other(Member::Federated),
        MemberKind::PublicCloud => Named::Other(Member::PublicCloud),
        MemberKind::Everyone => Named::Other(Member::Everyone),
    };
    Ok((if change.add { MemberAction::Add } else { MemberAction::Remove }, named))
}

/// The addresses of those of whom `setSubscribers` says that notice was taken; what is no address is passed over.
pub(crate) fn acknowledged(subscribers: &[SubscriberChange]) -> Vec<Aor> {
    subscribers
        .iter()
        .filter(|subscriber| subscriber.acknowledged)
        .filter_map(|subscriber| Aor::parse(&subscriber.user).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use rapport_msbody::container::{parse_set_members, parse_set_subscribers};

    use super::super::samples::{aor, user};
    use super::*;

    fn asked(members: &str) -> Result<AskedMembers, Untranslatable> {
        let body = format!(
            "<setContainerMembers><container id=\"300\" version=\"2\">{members}</container></setContainerMembers>"
        );
        AskedMembers::read(&parse_set_members(body.as_bytes()).expect("a request"))
    }

    fn changes(members: &str) -> Vec<(MemberAction, Member)> {
        let asked = asked(members).expect("changes");
        let people = [(aor("bob@example.com"), PersonRef::Person(user(2)))].into();
        let mut changes = asked.into_changes(&people);
        let change = changes.pop().expect("one container");
        assert_eq!((change.container, change.version), (ContainerId::TEAM, 2));
        change.members
    }

    fn bob() -> Member {
        Member::User(PersonRef::Person(user(2)))
    }

    #[test]
    fn every_kind_of_member_is_read() {
        let added = changes(
            "<member action=\"add\" type=\"user\" value=\"sip:Bob@example.com\"/>\
             <member action=\"add\" type=\"user\" value=\"zoe@partner.example\"/>\
             <member action=\"add\" type=\"domain\" value=\"Partner.Example\"/>\
             <member action=\"add\" type=\"sameEnterprise\"/><member action=\"add\" type=\"federated\"/>\
             <member action=\"add\" type=\"publicCloud\"/><member action=\"remove\" type=\"everyone\"/>",
        );
        let domain = SipDomain::parse("partner.example").expect("a domain");
        let expected = [
            (MemberAction::Add, bob()),
            (MemberAction::Add, Member::User(PersonRef::Address(aor("zoe@partner.example")))),
            (MemberAction::Add, Member::Domain(domain)),
            (MemberAction::Add, Member::SameEnterprise),
            (MemberAction::Add, Member::Federated),
            (MemberAction::Add, Member::PublicCloud),
            (MemberAction::Remove, Member::Everyone),
        ];
        assert_eq!(added, expected);
    }

    #[test]
    fn each_address_is_looked_up_once() {
        let twice = "<member action=\"remove\" type=\"user\" value=\"bob@example.com\"/>\
             <member action=\"add\" type=\"user\" value=\"BOB@example.com\"/><member action=\"add\" type=\"federated\"/>";
        let asked = asked(twice).expect("changes");
        assert_eq!(asked.addresses().into_iter().collect::<Vec<_>>(), [&aor("bob@example.com")]);
    }

    #[test]
    fn whoever_goes_goes_as_a_person_and_as_an_address() {
        let bare = |address| Member::User(PersonRef::Address(aor(address)));
        let removed = changes(
            "<member action=\"remove\" type=\"user\" value=\"bob@example.com\"/>\
             <member action=\"remove\" type=\"user\" value=\"zoe@partner.example\"/>",
        );
        let removed: Vec<Member> = removed.into_iter().map(|(_, member)| member).collect();
        assert_eq!(removed, [bare("bob@example.com"), bob(), bare("zoe@partner.example")]);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for value in ["type=\"user\" value=\"bob\"", "type=\"domain\" value=\"-\""] {
            let asked = asked(&format!("<member action=\"add\" {value}/>"));
            assert!(matches!(asked, Err(Untranslatable::Address(_))), "{value} {asked:?}");
        }
    }

    #[test]
    fn notice_was_taken_of_those_acknowledged() {
        let body = "<setSubscribers><subscriber user=\"bob@example.com\" acknowledged=\"true\"/>\
             <subscriber user=\"cleo@example.com\" acknowledged=\"false\"/><subscriber user=\"?\" acknowledged=\"true\"/></setSubscribers>";
        let subscribers = parse_set_subscribers(body.as_bytes()).expect("a request");
        assert_eq!(acknowledged(&subscribers), [aor("bob@example.com")]);
    }
}
