//! Static presence: publications, memberships and subscribers under one revision.

use std::collections::{BTreeMap, BTreeSet};

use rapport_core::presence::{
    CategoryName, Lifetime, Member, Membership, Prompted, Publication, PublicationKey, StaticChange, Value,
};
use rapport_model::{ContainerId, EndpointId, Instance, Scope, SipDomain, Timestamp, UserId};
use rapport_store::{StoreError, StoredPresence, bounds};
use rusqlite::{Connection, Row};

use super::{all, execute, find, parse_who, values, who_text};
use crate::error::{Done, Fail};

pub(crate) fn revision(connection: &Connection, scope: &Scope, user: UserId) -> Done<u64> {
    bounds::covered(scope, user)?;
    let sql = "SELECT presence_revision FROM living WHERE id = ?1 AND tenant = ?2";
    let found = find(connection, sql, (user.user, user.tenant.0), |row| row.get::<_, i64>(0))?;
    u64::try_from(found.ok_or(StoreError::NotFound)?).map_err(|_| Fail::Row("a presence revision"))
}

pub(crate) fn read(connection: &Connection, scope: &Scope, user: UserId) -> Done<StoredPresence> {
    read_of(connection, scope, user, &|_| true)
}

/// Reads what a person has published of the categories that are wanted, and the rest.
fn read_of(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Done<StoredPresence> {
    let static_revision = revision(connection, scope, user)?;
    // What never had a revision has no rows.
    if static_revision == 0 {
        return Ok(StoredPresence::default());
    }
    Ok(StoredPresence {
        static_revision,
        publications: publications(connection, user, is_wanted)?,
        memberships: memberships(connection, user)?,
        subscribers: subscribers(connection, user)?,
    })
}

pub(crate) fn of_several(
    connection: &Connection,
    scope: &Scope,
    mut users: Vec<UserId>,
    categories: &[CategoryName],
) -> Done<Vec<(UserId, StoredPresence)>> {
    users.iter().try_for_each(|user| bounds::covered(scope, *user))?;
    users.sort_unstable();
    users.dedup();
    let is_wanted = |name: &str| categories.iter().any(|category| category.as_str() == name);
    let mut found = Vec::with_capacity(users.len());
    for user in users {
        match read_of(connection, scope, user, &is_wanted) {
            Ok(presence) => found.push((user, presence)),
            Err(Fail::Store(StoreError::NotFound)) => {}
            Err(fail) => return Err(fail),
        }
    }
    Ok(found)
}

fn publications(
    connection: &Connection,
    user: UserId,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Done<BTreeMap<PublicationKey, Publication>> {
    let sql = "SELECT category, container, instance, version, published, publisher, xml, facts, until \
               FROM publications \
               WHERE user = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([user.user])?;
    let mut found = BTreeMap::new();
    // What is published for each level of access is mostly the same for several: it is read, and held, once.
    let mut known: Vec<(String, Value)> = Vec::new();
    while let Some(row) = rows.next()? {
        let category = text(row, 0)?;
        if !is_wanted(category) {
            continue;
        }
        let key = PublicationKey {
            category: CategoryName::new(category),
            container: ContainerId(row.get(1)?),
            instance: row.get(2)?,
        };
        let publisher: Option<[u8; 16]> = row.get(5)?;
        let xml: Option<String> = row.get(6)?;
        let facts = text(row, 7)?;
        let value = match known.iter().find(|(known, _)| xml.is_none() && known == facts) {
            Some((_, value)) => value.clone(),
            None => {
                let is_derived = xml.is_none();
                let value = values::decode(xml, facts, user.tenant)?;
                if is_derived {
                    known.push((facts.to_owned(), value.clone()));
                }
                value
            }
        };
        let publication = Publication {
            version: row.get(3)?,
            lifetime: row
                .get::<_, Option<i64>>(8)?
                .map_or(Lifetime::Static, |until| Lifetime::KeptUntil(Timestamp(until))),
            published: Timestamp(row.get(4)?),
            publisher: publisher.map(|octets| EndpointId { user, instance: Instance(octets) }),
            value,
        };
        found.insert(key, publication);
    }
    Ok(found)
}

/// Returns a column's text as it lies there.
fn text<'a>(row: &'a Row<'_>, column: usize) -> Done<&'a str> {
    row.get_ref(column)?.as_str().map_err(|_| Fail::Row("a text of a publication"))
}

fn memberships(connection: &Connection, user: UserId) -> Done<BTreeMap<ContainerId, Membership>> {
    let sql = "SELECT memberships.container, version, kind, who FROM memberships \
               LEFT JOIN members ON members.user = memberships.user AND members.container = memberships.container \
               WHERE memberships.user = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([user.user])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (container, version) = (ContainerId(row.get(0)?), row.get(1)?);
        let empty = || Membership { version, members: BTreeSet::new() };
        let membership = found.entry(container).or_insert_with(empty);
        if let Some(kind) = row.get::<_, Option<String>>(2)? {
            membership.members.insert(parse_member(&kind, &row.get::<_, String>(3)?, user)?);
        }
    }
    Ok(found)
}

fn member_text(member: &Member) -> (&'static str, String) {
    match member {
        Member::User(who) => ("user", who_text(who)),
        Member::Domain(domain) => ("domain", domain.as_str().to_owned()),
        Member::SameEnterprise => ("same_enterprise", String::new()),
        Member::Federated => ("federated", String::new()),
        Member::PublicCloud => ("public_cloud", String::new()),
        Member::Everyone => ("everyone", String::new()),
    }
}

fn parse_member(kind: &str, who: &str, user: UserId) -> Done<Member> {
    match kind {
        "user" => parse_who(who, user.tenant).map(Member::User),
        "domain" => SipDomain::parse(who).map(Member::Domain).map_err(|_| Fail::Row("a member's domain")),
        "same_enterprise" => Ok(Member::SameEnterprise),
        "federated" => Ok(Member::Federated),
        "public_cloud" => Ok(Member::PublicCloud),
        "everyone" => Ok(Member::Everyone),
        _ => Err(Fail::Row("the kind of a member")),
    }
}

fn subscribers(
    connection: &Connection,
    user: UserId,
) -> Done<BTreeMap<rapport_core::directory::PersonRef, Prompted>> {
    let sql = "SELECT who, display_name, acknowledged FROM subscribers WHERE user = ?1";
    let rows = all(connection, sql, [user.user], |row| {
        let prompted = Prompted { display_name: row.get::<_, String>(1)?.into(), acknowledged: row.get(2)? };
        Ok((row.get::<_, String>(0)?, prompted))
    })?;
    rows.into_iter().map(|(who, prompted)| Ok((parse_who(&who, user.tenant)?, prompted))).collect()
}

pub(crate) fn commit(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    expected: u64,
    next: u64,
    changes: &[StaticChange],
) -> Done<()> {
    bounds::presence_commit(scope, user, expected, next, changes)?;
    advance(connection, scope, user, expected, next)?;
    changes.iter().try_for_each(|change| apply(connection, user, change))
}

pub(crate) fn fence(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    expected: u64,
    pending: u64,
) -> Done<u64> {
    bounds::covered(scope, user)?;
    let next = bounds::fence(expected, pending)?;
    advance(connection, scope, user, expected, next)?;
    Ok(next)
}

fn advance(connection: &Connection, scope: &Scope, user: UserId, expected: u64, next: u64) -> Done<()> {
    let current = revision(connection, scope, user)?;
    if current != expected {
        return Err(StoreError::Stale { current }.into());
    }
    let next = i64::try_from(next).map_err(|_| StoreError::Invalid { what: "the revision is too great" })?;
    execute(connection, "UPDATE people SET presence_revision = ?2 WHERE id = ?1", (user.user, next))?;
    Ok(())
}

fn apply(connection: &Connection, user: UserId, change: &StaticChange) -> Done<()> {
    match change {
        StaticChange::Put(key, publication) => put(connection, user, key, publication)?,
        StaticChange::Delete(key) => {
            let sql = "DELETE FROM publications WHERE user = ?1 AND category = ?2 AND container = ?3 AND instance = ?4";
            execute(connection, sql, (user.user, key.category.as_str(), key.container.0, key.instance))?;
        }
        StaticChange::SetMembership(container, membership) => {
            set_membership(connection, user, *container, membership)?;
        }
        StaticChange::PutSubscriber(who, prompted) => {
            let sql = "INSERT OR REPLACE INTO subscribers (user, who, display_name, acknowledged) \
                       VALUES (?1, ?2, ?3, ?4)";
            let params = (user.user, who_text(who), &*prompted.display_name, prompted.acknowledged);
            execute(connection, sql, params)?;
        }
        StaticChange::DeleteSubscriber(who) => {
            execute(
                connection,
                "DELETE FROM subscribers WHERE user = ?1 AND who = ?2",
                (user.user, who_text(who)),
            )?;
        }
    }
    Ok(())
}

fn put(connection: &Connection, user: UserId, key: &PublicationKey, publication: &Publication) -> Done<()> {
    let sql = "INSERT OR REPLACE INTO publications \
               (user, category, container, instance, version, published, publisher, xml, facts, until) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let (xml, facts) = values::encode(&publication.value)?;
    let params = (
        user.user,
        key.category.as_str(),
        key.container.0,
        key.instance,
        publication.version,
        publication.published.0,
        publication.publisher.map(|publisher| publisher.instance.0),
        xml,
        facts,
        match publication.lifetime {
            Lifetime::KeptUntil(until) => Some(until.0),
            Lifetime::Static | Lifetime::Endpoint(_) | Lifetime::User | Lifetime::Until(_) => None,
        },
    );
    execute(connection, sql, params)?;
    Ok(())
}

fn set_membership(
    connection: &Connection,
    user: UserId,
    container: ContainerId,
    membership: &Membership,
) -> Done<()> {
    let sql = "DELETE FROM memberships WHERE user = ?1 AND container = ?2";
    execute(connection, sql, (user.user, container.0))?;
    let sql = "INSERT INTO memberships (user, container, version) VALUES (?1, ?2, ?3)";
    execute(connection, sql, (user.user, container.0, membership.version))?;
    let sql = "INSERT INTO members (user, container, kind, who) VALUES (?1, ?2, ?3, ?4)";
    for member in &membership.members {
        let (kind, who) = member_text(member);
        execute(connection, sql, (user.user, container.0, kind, who))?;
    }
    Ok(())
}
