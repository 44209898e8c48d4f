//! People and documents that the tests of this module share.

use std::collections::BTreeMap;

use rapport_core::directory::{Card, Person, PersonRef, Phone, PhoneKind, Tenant};
use rapport_core::policy::Policy;
use rapport_core::presence::Document;
use rapport_model::{Aor, EndpointId, Instance, SipDomain, TenantId, Timestamp, UserId};

/// 2009-01-11T19:02:11.123Z.
pub(super) const NOW: Timestamp = Timestamp(1_231_700_531_123);

pub(super) fn aor(text: &str) -> Aor {
    Aor::parse(text).expect("an address")
}

pub(super) fn user(user: u32) -> UserId {
    UserId { tenant: TenantId(1), user }
}

pub(super) fn endpoint(number: u8) -> EndpointId {
    EndpointId { user: user(1), instance: Instance([number; 16]) }
}

/// Ann is 1, Bob 2 and Cleo 3; nobody else has an address.
pub(super) fn addresses() -> BTreeMap<PersonRef, Aor> {
    [(1, "ann@example.com"), (2, "bob@example.com"), (3, "cleo@example.com")]
        .map(|(number, address)| (PersonRef::Person(user(number)), aor(address)))
        .into()
}

pub(super) fn ann() -> Person {
    let phone = |kind, number: &str| Phone { kind, number: number.to_owned() };
    Person {
        id: user(1),
        address: aor("ann@example.com"),
        aliases: Vec::new(),
        former: Vec::new(),
        sign_in_name: "ann".to_owned(),
        enabled: true,
        licensed: true,
        card: Card {
            display_name: "Ann <Lind> & Co".to_owned(),
            title: "Buyer".to_owned(),
            department: "Purchasing".to_owned(),
            company: "Example".to_owned(),
            office: "B2".to_owned(),
            web_page: "https://example.com/~ann?a=1&b=2".to_owned(),
            mail: "ann.lind@example.com".to_owned(),
            phones: vec![
                phone(PhoneKind::Work, "+49 (0)30 1234-0 ext. 22"),
                phone(PhoneKind::Mobile, "0170 / 555 01 00"),
                phone(PhoneKind::Home, "ask the porter"),
            ],
            ..Card::default()
        },
    }
}

pub(super) fn tenant() -> Tenant {
    Tenant {
        id: TenantId(1),
        name: "example".to_owned(),
        display_name: "Example & Sons".to_owned(),
        netbios_name: "EXAMPLE".to_owned(),
        domains: vec![SipDomain::parse("example.com").expect("a domain")],
        enabled: true,
        policy: Policy::default(),
    }
}

/// Ann's document before she ever signs in.
pub(super) fn document() -> Document {
    Document::for_new_person(&ann(), NOW)
}

/// One element a line, for people who read snapshots.
pub(super) fn lines(xml: &str) -> String {
    xml.replace("><", ">\n<")
}
