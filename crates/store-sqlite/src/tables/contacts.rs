//! Contact lists, of which a commit writes only the rows that differ.

use std::collections::BTreeMap;
use std::sync::Arc;

use rapport_core::contacts::{Contact, ContactGroup, ContactList, GroupId};
use rapport_model::{Scope, UserId};
use rapport_store::{StoreError, bounds, initial_contacts};
use rusqlite::{Connection, Row};

use super::{all, execute, find, parse_who, who_text};
use crate::error::{Done, Fail};

fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Arc<str>> {
    row.get::<_, String>(column).map(Arc::from)
}

fn delta(connection: &Connection, scope: &Scope, user: UserId) -> Done<u32> {
    bounds::covered(scope, user)?;
    let sql = "SELECT contacts_delta FROM living WHERE id = ?1 AND tenant = ?2";
    let found = find(connection, sql, (user.user, user.tenant.0), |row| row.get(0))?;
    found.ok_or(Fail::Store(StoreError::NotFound))
}

pub(crate) fn read(connection: &Connection, scope: &Scope, user: UserId) -> Done<ContactList> {
    let delta = delta(connection, scope, user)?;
    let initial = initial_contacts();
    // A list that was never committed has no rows.
    if delta == initial.delta {
        return Ok(initial);
    }
    let sql = "SELECT id, name, external_uri, extension_xml FROM contact_groups WHERE user = ?1";
    let groups = all(connection, sql, [user.user], |row| {
        let group =
            ContactGroup { name: text(row, 1)?, external_uri: text(row, 2)?, extension_xml: text(row, 3)? };
        Ok((row.get::<_, GroupId>(0)?, group))
    })?;
    let sql =
        "SELECT who, in_groups, alias, subscribed, external_uri, extension_xml FROM contacts WHERE user = ?1";
    let rows = all(connection, sql, [user.user], |row| {
        let contact = Contact {
            alias: text(row, 2)?,
            groups: Vec::new(),
            subscribed: row.get(3)?,
            external_uri: text(row, 4)?,
            extension_xml: text(row, 5)?,
        };
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, contact))
    })?;
    let mut contacts = BTreeMap::new();
    for (who, in_groups, contact) in rows {
        let groups = in_groups.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>();
        let groups = groups.map_err(|_| Fail::Row("the groups of a contact"))?;
        contacts.insert(parse_who(&who, scope.tenant)?, Contact { groups, ..contact });
    }
    Ok(ContactList { delta, groups: groups.into_iter().collect(), contacts })
}

pub(crate) fn people(connection: &Connection, scope: &Scope, user: UserId) -> Done<Vec<UserId>> {
    delta(connection, scope, user)?;
    let sql = "SELECT who FROM contacts WHERE user = ?1";
    let rows = all(connection, sql, [user.user], |row| row.get::<_, String>(0))?;
    let mut people = Vec::with_capacity(rows.len());
    for who in rows {
        people.extend(parse_who(&who, scope.tenant)?.person());
    }
    people.sort_unstable();
    Ok(people)
}

pub(crate) fn commit(
    connection: &Connection,
    scope: &Scope,
    user: UserId,
    old: &ContactList,
    new: &ContactList,
) -> Done<()> {
    bounds::contacts_commit(scope, user, old, new)?;
    let current = delta(connection, scope, user)?;
    if current != old.delta {
        return Err(StoreError::Stale { current: current.into() }.into());
    }
    execute(connection, "UPDATE people SET contacts_delta = ?2 WHERE id = ?1", (user.user, new.delta))?;
    // The initial list has no rows yet: everything in the new one is written.
    let (nothing, initial) =
        (ContactList { delta: 0, groups: BTreeMap::new(), contacts: BTreeMap::new() }, initial_contacts());
    let old = if current == initial.delta { &nothing } else { old };
    for id in old.groups.keys().filter(|id| !new.groups.contains_key(id)) {
        execute(connection, "DELETE FROM contact_groups WHERE user = ?1 AND id = ?2", (user.user, id))?;
    }
    for who in old.contacts.keys().filter(|who| !new.contacts.contains_key(who)) {
        execute(connection, "DELETE FROM contacts WHERE user = ?1 AND who = ?2", (user.user, who_text(who)))?;
    }
    let sql = "INSERT OR REPLACE INTO contact_groups (user, id, name, external_uri, extension_xml) \
               VALUES (?1, ?2, ?3, ?4, ?5)";
    for (id, group) in new.groups.iter().filter(|(id, group)| old.groups.get(id) != Some(group)) {
        execute(connection, sql, (user.user, id, &*group.name, &*group.external_uri, &*group.extension_xml))?;
    }
    let sql = "INSERT OR REPLACE INTO contacts (user, who, alias, in_groups, subscribed, external_uri, extension_xml) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    for (who, contact) in new.contacts.iter().filter(|(who, contact)| old.contacts.get(who) != Some(contact))
    {
        let in_groups = contact.groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let params = (
            user.user,
            who_text(who),
            &*contact.alias,
            in_groups,
            contact.subscribed,
            &*contact.external_uri,
            &*contact.extension_xml,
        );
        execute(connection, sql, params)?;
    }
    Ok(())
}
