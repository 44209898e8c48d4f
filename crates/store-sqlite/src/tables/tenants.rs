//! Companies and their SIP domains.

use rapport_core::directory::Tenant;
use rapport_core::policy::Policy;
use rapport_model::{Limits, Scope, SipDomain, TenantId, Timestamp};
use rapport_store::{Deleted, NewTenant, StoreError, TenantFields, bounds};
use rusqlite::{Connection, Row};

use super::{all, execute, find, new_number, tenant_exists};
use crate::error::{Done, Fail};

const COLUMNS: &str = "id, name, display_name, netbios_name, enabled, account_password_sign_in, limit_contacts, \
                       limit_watchers, limit_groups, limit_endpoints, address_grace_days, keep_deleted_days, \
                       history_days";

fn read(row: &Row<'_>) -> rusqlite::Result<Tenant> {
    Ok(Tenant {
        id: TenantId(row.get("id")?),
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        netbios_name: row.get("netbios_name")?,
        domains: Vec::new(),
        enabled: row.get("enabled")?,
        policy: Policy {
            account_password_sign_in: row.get("account_password_sign_in")?,
            limits: Limits {
                contacts: row.get("limit_contacts")?,
                watchers: row.get("limit_watchers")?,
                groups: row.get("limit_groups")?,
                endpoints: row.get("limit_endpoints")?,
            },
            address_grace_days: row.get("address_grace_days")?,
            keep_deleted_days: row.get("keep_deleted_days")?,
            history_days: row.get("history_days")?,
        },
    })
}

fn with_domains(connection: &Connection, mut tenant: Tenant) -> Done<Tenant> {
    let sql = "SELECT name FROM domains WHERE tenant = ?1 ORDER BY place";
    let names = all(connection, sql, [tenant.id.0], |row| row.get::<_, String>(0))?;
    let domains = names.iter().map(|name| SipDomain::parse(name).map_err(|_| Fail::Row("a SIP domain")));
    tenant.domains = domains.collect::<Done<_>>()?;
    Ok(tenant)
}

pub(crate) fn add(connection: &Connection, new: NewTenant) -> Done<Tenant> {
    bounds::new_tenant(&new)?;
    name_is_free(connection, &new.fields.name, None)?;
    let TenantFields { name, display_name, netbios_name, enabled, policy } = &new.fields;
    let Policy { limits, account_password_sign_in, address_grace_days, keep_deleted_days, history_days } =
        policy;
    let Limits { contacts, watchers, groups, endpoints } = limits;
    let sql = "INSERT INTO tenants (name, display_name, netbios_name, enabled, account_password_sign_in, \
               limit_contacts, limit_watchers, limit_groups, limit_endpoints, address_grace_days, \
               keep_deleted_days, history_days) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    let params = (
        name,
        display_name,
        netbios_name,
        enabled,
        account_password_sign_in,
        contacts,
        watchers,
        groups,
        endpoints,
        address_grace_days,
        keep_deleted_days,
        history_days,
    );
    execute(connection, sql, params)?;
    let id = TenantId(new_number(connection.last_insert_rowid())?);
    for domain in &new.domains {
        insert_domain(connection, id, domain)?;
    }
    Ok(new.with_id(id))
}

pub(crate) fn list(connection: &Connection) -> Done<Vec<Tenant>> {
    let sql = format!("SELECT {COLUMNS} FROM tenants WHERE deleted IS NULL ORDER BY id");
    let tenants = all(connection, &sql, [], read)?;
    tenants.into_iter().map(|tenant| with_domains(connection, tenant)).collect()
}

pub(crate) fn by_scope(connection: &Connection, scope: &Scope) -> Done<Tenant> {
    let sql = format!("SELECT {COLUMNS} FROM tenants WHERE id = ?1 AND deleted IS NULL");
    let tenant = find(connection, &sql, [scope.tenant.0], read)?.ok_or(StoreError::NotFound)?;
    with_domains(connection, tenant)
}

pub(crate) fn by_name(connection: &Connection, name: &str) -> Done<Option<Tenant>> {
    let sql = format!("SELECT {COLUMNS} FROM tenants WHERE name = ?1 AND deleted IS NULL");
    find(connection, &sql, [name], read)?.map(|tenant| with_domains(connection, tenant)).transpose()
}

pub(crate) fn by_domain(connection: &Connection, domain: &SipDomain) -> Done<Option<Tenant>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM tenants WHERE id = (SELECT tenant FROM domains WHERE name = ?1) AND deleted IS NULL"
    );
    find(connection, &sql, [domain.as_str()], read)?
        .map(|tenant| with_domains(connection, tenant))
        .transpose()
}

pub(crate) fn set(connection: &Connection, scope: &Scope, fields: &TenantFields) -> Done<()> {
    bounds::tenant_fields(fields)?;
    name_is_free(connection, &fields.name, Some(scope.tenant))?;
    let TenantFields { name, display_name, netbios_name, enabled, policy } = fields;
    let Policy { limits, account_password_sign_in, address_grace_days, keep_deleted_days, history_days } =
        policy;
    let Limits { contacts, watchers, groups, endpoints } = limits;
    let sql = "UPDATE tenants SET name = ?2, display_name = ?3, netbios_name = ?4, enabled = ?5, \
               account_password_sign_in = ?6, limit_contacts = ?7, limit_watchers = ?8, limit_groups = ?9, \
               limit_endpoints = ?10, address_grace_days = ?11, keep_deleted_days = ?12, \
               history_days = ?13 \
               WHERE id = ?1 AND deleted IS NULL";
    let params = (
        scope.tenant.0,
        name,
        display_name,
        netbios_name,
        enabled,
        account_password_sign_in,
        contacts,
        watchers,
        groups,
        endpoints,
        address_grace_days,
        keep_deleted_days,
        history_days,
    );
    if execute(connection, sql, params)? == 0 { Err(StoreError::NotFound.into()) } else { Ok(()) }
}

pub(crate) fn delete(connection: &Connection, scope: &Scope, at: Timestamp) -> Done<()> {
    tenant_exists(connection, scope)?;
    execute(connection, "UPDATE tenants SET deleted = ?2 WHERE id = ?1", (scope.tenant.0, at.0))?;
    Ok(())
}

pub(crate) fn restore(connection: &Connection, scope: &Scope) -> Done<Tenant> {
    let sql = "UPDATE tenants SET deleted = NULL WHERE id = ?1 AND deleted IS NOT NULL";
    if execute(connection, sql, [scope.tenant.0])? == 0 {
        return Err(StoreError::NotFound.into());
    }
    by_scope(connection, scope)
}

pub(crate) fn deleted(connection: &Connection) -> Done<Vec<Deleted<Tenant>>> {
    let sql = format!("SELECT {COLUMNS}, deleted FROM tenants WHERE deleted IS NOT NULL ORDER BY id");
    let rows = all(connection, &sql, [], |row| Ok((read(row)?, row.get("deleted")?)))?;
    rows.into_iter()
        .map(|(tenant, at)| Ok(Deleted { what: with_domains(connection, tenant)?, at: Timestamp(at) }))
        .collect()
}

pub(crate) fn remove(connection: &Connection, scope: &Scope) -> Done<()> {
    find(connection, "SELECT 1 FROM tenants WHERE id = ?1", [scope.tenant.0], |_| Ok(()))?
        .ok_or(Fail::Store(StoreError::NotFound))?;
    // Addresses refer to domains, which don't go while they do: people first.
    execute(connection, "DELETE FROM people WHERE tenant = ?1", [scope.tenant.0])?;
    execute(connection, "DELETE FROM tenants WHERE id = ?1", [scope.tenant.0])?;
    Ok(())
}

pub(crate) fn add_domain(connection: &Connection, scope: &Scope, domain: &SipDomain) -> Done<()> {
    tenant_exists(connection, scope)?;
    let sql = "SELECT count(*) FROM domains WHERE tenant = ?1";
    let count: Option<usize> =
        find(connection, sql, [scope.tenant.0], |row| Ok(row.get::<_, u32>(0)? as usize))?;
    if count.is_some_and(|count| count >= bounds::DOMAINS) {
        return Err(StoreError::Invalid { what: "too many SIP domains" }.into());
    }
    insert_domain(connection, scope.tenant, domain)
}

pub(crate) fn remove_domain(connection: &Connection, scope: &Scope, domain: &SipDomain) -> Done<()> {
    let used = "SELECT 1 FROM addresses JOIN domains ON domains.name = addresses.domain \
                WHERE addresses.domain = ?1 AND domains.tenant = ?2 LIMIT 1";
    if find(connection, used, (domain.as_str(), scope.tenant.0), |_| Ok(()))?.is_some() {
        return Err(StoreError::Conflict { what: "addresses in the SIP domain" }.into());
    }
    let sql = "DELETE FROM domains WHERE name = ?1 AND tenant = ?2";
    let removed = execute(connection, sql, (domain.as_str(), scope.tenant.0))?;
    if removed == 0 { Err(StoreError::NotFound.into()) } else { Ok(()) }
}

fn insert_domain(connection: &Connection, tenant: TenantId, domain: &SipDomain) -> Done<()> {
    let taken = find(connection, "SELECT 1 FROM domains WHERE name = ?1", [domain.as_str()], |_| Ok(()))?;
    if taken.is_some() {
        return Err(StoreError::Conflict { what: "SIP domain" }.into());
    }
    let sql = "INSERT INTO domains (name, tenant, place) \
               SELECT ?1, ?2, 1 + ifnull(max(place), -1) FROM domains WHERE tenant = ?2";
    execute(connection, sql, (domain.as_str(), tenant.0))?;
    Ok(())
}

fn name_is_free(connection: &Connection, name: &str, own: Option<TenantId>) -> Done<()> {
    let sql = "SELECT 1 FROM tenants WHERE name = ?1 AND id IS NOT ?2";
    match find(connection, sql, (name, own.map(|id| id.0)), |_| Ok(()))? {
        Some(()) => Err(StoreError::Conflict { what: "company name" }.into()),
        None => Ok(()),
    }
}
