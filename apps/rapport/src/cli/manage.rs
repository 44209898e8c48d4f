//! The management verbs: each is a request to the server's management API, and its answer shown.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use hyper::Method;
use rapport_face_api::{
    Domain, DomainMove, LimitsChange, NewAppPassword, NewPassword, NewTenant, NewUser, Phone, PhoneKind,
    PolicyChange, TenantChange, Trace, UserChange,
};
use serde_json::Value;

use super::args::{
    AppPasswordVerb, AuditVerb, DomainVerb, KeyVerb, Place, PolicyArgs, StatusArgs, TenantVerb, UserArgs,
    UserVerb, Who,
};
use super::{ask, audit, key, say, settings, status, table};
use crate::client::{Client, path};

/// What a management verb asks for.
#[derive(Debug)]
pub(super) enum Asked {
    Tenant(TenantVerb),
    User(Box<UserVerb>),
    Domain(DomainVerb),
    Audit(AuditVerb),
    Key(KeyVerb),
}

/// Does it and prints the answer.
pub(super) fn run(place: &Place, socket: Option<PathBuf>, json: bool, asked: Asked) -> Result<()> {
    let (client, runtime) = connected(place, socket)?;
    let (value, text) = runtime.block_on(async {
        match asked {
            Asked::Tenant(verb) => tenant(&client, verb).await,
            Asked::User(verb) => user(&client, *verb).await,
            Asked::Domain(verb) => domain(&client, verb).await,
            Asked::Audit(verb) => audit::run(&client, place, verb).await,
            Asked::Key(verb) => key::run(&client, verb).await,
        }
    })?;
    if json { say(&format!("{}\n", serde_json::to_string_pretty(&value)?)) } else { say(&text) }
}

/// Shows what the server does right now.
pub(super) fn status(place: &Place, socket: Option<PathBuf>, json: bool, asked: &StatusArgs) -> Result<()> {
    let (client, runtime) = connected(place, socket)?;
    runtime.block_on(status::run(&client, asked, json))
}

/// A client of the server that the options mean, and a runtime for it.
fn connected(place: &Place, socket: Option<PathBuf>) -> Result<(Client, tokio::runtime::Runtime)> {
    let socket = match socket {
        Some(socket) => socket,
        None => settings(place)?.management_path(),
    };
    let client = Client::new(&socket);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    Ok((client, runtime))
}

/// What is printed as JSON where the server has nothing to say but that it is done.
fn done() -> Value {
    serde_json::json!({ "done": true })
}

/// The server's answer, and the same for people.
type Answer = (Value, String);

async fn tenant(client: &Client, verb: TenantVerb) -> Result<Answer> {
    match verb {
        TenantVerb::Add { name, domains, display_name, netbios_name, policy } => {
            let new = NewTenant { name, display_name, netbios_name, domains, policy: policy.into() };
            let added = client.send(Method::POST, &path(["v1", "tenants"]), &new).await?;
            let text = format!("Added the company {}.\n", table::text(&added, "name"));
            Ok((added, text))
        }
        TenantVerb::List { deleted: true } => {
            let list = client.get(&path(["v1", "deleted-tenants"])).await?;
            let fields = ["name", "displayName", "deleted", "keptUntil", "domains"];
            let rows = rows(&list, "deletedTenants", &fields);
            Ok((list, table::table(&["NAME", "SHOWN AS", "DELETED", "KEPT UNTIL", "SIP DOMAINS"], &rows)))
        }
        TenantVerb::List { deleted: false } => {
            let list = client.get(&path(["v1", "tenants"])).await?;
            let rows = rows(&list, "tenants", &["name", "displayName", "netbiosName", "enabled", "domains"]);
            Ok((list, table::table(&["NAME", "SHOWN AS", "NETBIOS", "ENABLED", "SIP DOMAINS"], &rows)))
        }
        TenantVerb::Show { name } => {
            let tenant = client.get(&path(["v1", "tenants", &name])).await?;
            let text = tenant_facts(&tenant);
            Ok((tenant, text))
        }
        TenantVerb::Set { name, display_name, netbios_name, enabled, policy } => {
            let change = TenantChange { display_name, netbios_name, enabled, policy: policy.into() };
            if change == TenantChange::default() {
                bail!("nothing is to be changed; `rapport tenant set --help` lists what can be");
            }
            let tenant = client.send(Method::PATCH, &path(["v1", "tenants", &name]), &change).await?;
            let text = tenant_facts(&tenant);
            Ok((tenant, text))
        }
        TenantVerb::Delete { name, for_good, yes } => {
            if !yes {
                let what = if for_good { "Removing for good" } else { "Deleting" };
                ask::sure(&format!("{what} the company {name} with everyone in it"))?;
            }
            let resource = removal(path(["v1", "tenants", &name]), for_good);
            client.act(Method::DELETE, &resource).await?;
            Ok((done(), removed(&format!("the company {name}"), for_good, "tenant restore", &name)))
        }
        TenantVerb::Restore { name } => {
            let tenant = client.act(Method::POST, &path(["v1", "deleted-tenants", &name, "restore"])).await?;
            Ok((tenant, format!("Restored the company {name}.\n")))
        }
    }
}

fn removal(resource: String, for_good: bool) -> String {
    if for_good { format!("{resource}?forGood=true") } else { resource }
}

/// Says that something was removed, and how it comes back where it can.
fn removed(what: &str, for_good: bool, verb: &str, names: &str) -> String {
    if for_good {
        format!("Removed {what} for good.\n")
    } else {
        format!("Deleted {what}; `rapport {verb} {names}` brings everything back.\n")
    }
}

fn tenant_facts(tenant: &Value) -> String {
    let policy = tenant.get("policy").unwrap_or(&Value::Null);
    let limits = policy.get("limits").unwrap_or(&Value::Null);
    table::facts(&[
        ("Name", table::text(tenant, "name")),
        ("Shown as", table::text(tenant, "displayName")),
        ("NetBIOS name", table::text(tenant, "netbiosName")),
        ("SIP domains", table::text(tenant, "domains")),
        ("Enabled", table::text(tenant, "enabled")),
        ("Account passwords sign in", table::text(policy, "accountPasswordSignIn")),
        ("Contacts per person", table::text(limits, "contacts")),
        ("Watchers per person", table::text(limits, "watchers")),
        ("Groups per person", table::text(limits, "groups")),
        ("Endpoints per person", table::text(limits, "endpoints")),
        ("Former addresses answer", format!("{} days", table::text(policy, "addressGraceDays"))),
        ("Deleted ones are kept", format!("{} days", table::text(policy, "keepDeletedDays"))),
        ("History is kept", format!("{} days", table::text(policy, "historyDays"))),
    ])
}

async fn domain(client: &Client, verb: DomainVerb) -> Result<Answer> {
    match verb {
        DomainVerb::Add { company, domain } => {
            let new = Domain { domain };
            let added =
                client.send(Method::POST, &path(["v1", "tenants", &company, "domains"]), &new).await?;
            let text = format!("Added the SIP domain {}.\n", table::text(&added, "domain"));
            Ok((added, text))
        }
        DomainVerb::List { company } => {
            let list = client.get(&path(["v1", "tenants", &company, "domains"])).await?;
            let text = list
                .get("domains")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(|domain| format!("{}\n", table::shown(domain)))
                .collect();
            Ok((list, text))
        }
        DomainVerb::Rename { company, old, new } => {
            let resource = path(["v1", "tenants", &company, "domains", &old, "rename"]);
            let moved = client.send(Method::POST, &resource, &DomainMove { to: new.clone() }).await?;
            let mut text = format!("Moved {} people from {old} to {new}.\n", table::text(&moved, "people"));
            for row in rows(&moved, "left", &["address", "why"]) {
                text.push_str(&format!("Not moved: {}\n", row.join(": ")));
            }
            Ok((moved, text))
        }
        DomainVerb::Remove { company, domain } => {
            client.act(Method::DELETE, &path(["v1", "tenants", &company, "domains", &domain])).await?;
            Ok((done(), format!("Removed the SIP domain {domain}.\n")))
        }
    }
}

async fn user(client: &Client, verb: UserVerb) -> Result<Answer> {
    match verb {
        UserVerb::Add { company, address, fields, password, no_password } => {
            let password = if no_password { None } else { Some(ask::new_password(password.password_stdin)?) };
            let new = new_user(address, password, fields)?;
            let added = client.send(Method::POST, &path(["v1", "tenants", &company, "users"]), &new).await?;
            let text = format!("Added {}.\n", table::text(&added, "address"));
            Ok((added, text))
        }
        UserVerb::List { company, deleted: true } => {
            let list = client.get(&path(["v1", "tenants", &company, "deleted-users"])).await?;
            let fields = ["id", "address", "signInName", "displayName", "deleted", "keptUntil"];
            let rows = rows(&list, "deletedUsers", &fields);
            let headings = ["NUMBER", "ADDRESS", "SIGNED IN AS", "NAME", "DELETED", "KEPT UNTIL"];
            Ok((list, table::table(&headings, &rows)))
        }
        UserVerb::List { company, deleted: false } => list_users(client, &company).await,
        UserVerb::Show(who) => {
            let user = client.get(&at(&who)).await?;
            let text = user_facts(&user);
            Ok((user, text))
        }
        UserVerb::Set { who, address, fields } => {
            let change = change_user(address, fields)?;
            let user = client.send(Method::PATCH, &at(&who), &change).await?;
            let text = user_facts(&user);
            Ok((user, text))
        }
        UserVerb::Password { who, password } => {
            let new = NewPassword { password: ask::new_password(password.password_stdin)? };
            client.send(Method::PUT, &format!("{}/password", at(&who)), &new).await?;
            Ok((done(), format!("Set the password of {}.\n", who.user)))
        }
        UserVerb::Enable(who) => {
            let user = client.act(Method::POST, &format!("{}/enable", at(&who))).await?;
            Ok((user, format!("{} may sign in.\n", who.user)))
        }
        UserVerb::Disable(who) => {
            let user = client.act(Method::POST, &format!("{}/disable", at(&who))).await?;
            Ok((user, format!("{} may not sign in any more.\n", who.user)))
        }
        UserVerb::Unlock(who) => {
            client.act(Method::POST, &format!("{}/unlock", at(&who))).await?;
            Ok((done(), format!("{} may try to sign in again.\n", who.user)))
        }
        UserVerb::Trace { who, minutes: 0 } => {
            client.act(Method::DELETE, &format!("{}/trace", at(&who))).await?;
            Ok((done(), format!("The messages of {} are not written to the log any more.\n", who.user)))
        }
        UserVerb::Trace { who, minutes } => {
            client.send(Method::PUT, &format!("{}/trace", at(&who)), &Trace { minutes }).await?;
            let text = format!("For {minutes} minutes the server's log has the messages of {}.\n", who.user);
            Ok((done(), text))
        }
        UserVerb::Delete { who, for_good, yes } => {
            if !yes {
                let what = if for_good { "Removing for good" } else { "Deleting" };
                ask::sure(&format!("{what} {} with contacts and passwords", who.user))?;
            }
            client.act(Method::DELETE, &removal(at(&who), for_good)).await?;
            let names = format!("{} {}", who.company, who.user);
            Ok((done(), removed(&who.user, for_good, "user restore", &names)))
        }
        UserVerb::Restore(who) => {
            let resource = path(["v1", "tenants", &who.company, "deleted-users", &who.user, "restore"]);
            let user = client.act(Method::POST, &resource).await?;
            let text = format!("Restored {}.\n", table::text(&user, "address"));
            Ok((user, text))
        }
        UserVerb::Release { company, address } => {
            // Whoever the address still reaches is whose it was.
            let resource = path(["v1", "tenants", &company, "users", &address, "former-addresses", &address]);
            let user = client.act(Method::DELETE, &resource).await?;
            let text = format!(
                "{address} does not reach {} any more; anybody may have it.\n",
                table::text(&user, "address")
            );
            Ok((user, text))
        }
        UserVerb::AppPassword { verb } => app_password(client, verb).await,
    }
}

/// Lists everybody, page by page.
async fn list_users(client: &Client, company: &str) -> Result<Answer> {
    let base = path(["v1", "tenants", company, "users"]);
    let mut users = Vec::new();
    let mut page = client.get(&base).await?;
    loop {
        let next = page.get("next").and_then(Value::as_str).map(str::to_owned);
        if let Some(Value::Array(more)) = page.get_mut("users").map(Value::take) {
            users.extend(more);
        }
        match next {
            Some(next) => page = client.get(&format!("{base}?after={}", next.replace('/', "%2F"))).await?,
            None => break,
        }
    }
    let all = serde_json::json!({ "users": users });
    let fields = ["address", "signInName", "displayName", "title", "department", "enabled", "licensed"];
    let rows = rows(&all, "users", &fields);
    let headings = ["ADDRESS", "SIGNS IN AS", "NAME", "TITLE", "DEPARTMENT", "ENABLED", "LICENSED"];
    Ok((all, table::table(&headings, &rows)))
}

async fn app_password(client: &Client, verb: AppPasswordVerb) -> Result<Answer> {
    match verb {
        AppPasswordVerb::Add { who, name } => {
            let new = NewAppPassword { label: name };
            let issued = client.send(Method::POST, &format!("{}/app-passwords", at(&who)), &new).await?;
            let text = format!(
                "App password {} for {}, shown this once:\n\n    {}\n",
                table::text(&issued, "id"),
                table::text(&issued, "label"),
                table::text(&issued, "password")
            );
            Ok((issued, text))
        }
        AppPasswordVerb::List(who) => {
            let list = client.get(&format!("{}/app-passwords", at(&who))).await?;
            let rows = rows(&list, "appPasswords", &["id", "label", "created"]);
            Ok((list, table::table(&["ID", "FOR", "ISSUED"], &rows)))
        }
        AppPasswordVerb::Remove { who, id } => {
            client
                .act(Method::DELETE, &format!("{}/app-passwords{}", at(&who), path([&id.to_string()])))
                .await?;
            Ok((done(), format!("Revoked app password {id} of {}.\n", who.user)))
        }
    }
}

fn at(who: &Who) -> String {
    path(["v1", "tenants", &who.company, "users", &who.user])
}

fn rows(list: &Value, field: &str, columns: &[&str]) -> Vec<Vec<String>> {
    list.get(field)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|entry| columns.iter().map(|column| table::text(entry, column)).collect())
        .collect()
}

fn user_facts(user: &Value) -> String {
    let used = |field: &str| {
        let usage = user.get(field).unwrap_or(&Value::Null);
        format!("{} of {}", table::text(usage, "count"), table::text(usage, "limit"))
    };
    let phones = user
        .get("phones")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|phone| format!("{} {}", table::text(phone, "kind"), table::text(phone, "number")))
        .collect::<Vec<_>>()
        .join(", ");
    let formerly = rows(user, "formerAddresses", &["address", "until"]);
    let formerly = formerly.iter().map(|row| row.join(" until ")).collect::<Vec<_>>().join(", ");
    table::facts(&[
        ("Address", table::text(user, "address")),
        ("Aliases", table::text(user, "aliases")),
        ("Formerly", formerly),
        ("Signs in as", table::text(user, "signInName")),
        ("Enabled", table::text(user, "enabled")),
        ("Licensed", table::text(user, "licensed")),
        ("Name", table::text(user, "displayName")),
        ("Given name", table::text(user, "givenName")),
        ("Family name", table::text(user, "surname")),
        ("Title", table::text(user, "title")),
        ("Department", table::text(user, "department")),
        ("Company", table::text(user, "company")),
        ("Office", table::text(user, "office")),
        ("Web page", table::text(user, "webPage")),
        ("Mail", table::text(user, "mail")),
        ("Phones", phones),
        ("Manager", table::text(user, "manager")),
        ("Contacts", used("contacts")),
        ("Watchers", used("watchers")),
        ("Signed in", used("endpoints")),
    ])
}

fn new_user(address: String, password: Option<String>, fields: UserArgs) -> Result<NewUser> {
    Ok(NewUser {
        address,
        aliases: aliases(fields.aliases).unwrap_or_default(),
        sign_in_name: fields.sign_in_name,
        password,
        enabled: fields.enabled,
        licensed: fields.licensed,
        display_name: fields.display_name,
        given_name: fields.given_name.unwrap_or_default(),
        surname: fields.surname.unwrap_or_default(),
        title: fields.title.unwrap_or_default(),
        department: fields.department.unwrap_or_default(),
        company: fields.company_name.unwrap_or_default(),
        office: fields.office.unwrap_or_default(),
        web_page: fields.web_page.unwrap_or_default(),
        mail: fields.mail.unwrap_or_default(),
        phones: phones(&fields.phones)?.unwrap_or_default(),
        manager: fields.manager.map(or_none),
    })
}

fn change_user(address: Option<String>, fields: UserArgs) -> Result<UserChange> {
    let change = UserChange {
        address,
        aliases: aliases(fields.aliases),
        sign_in_name: fields.sign_in_name,
        enabled: fields.enabled,
        licensed: fields.licensed,
        display_name: fields.display_name,
        given_name: fields.given_name,
        surname: fields.surname,
        title: fields.title,
        department: fields.department,
        company: fields.company_name,
        office: fields.office,
        web_page: fields.web_page,
        mail: fields.mail,
        phones: phones(&fields.phones)?,
        manager: fields.manager.map(or_none),
    };
    if change == UserChange::default() {
        bail!("nothing is to be changed; `rapport user set --help` lists what can be");
    }
    Ok(change)
}

fn or_none(text: String) -> String {
    if text == "none" { String::new() } else { text }
}

fn aliases(given: Vec<String>) -> Option<Vec<String>> {
    match given.as_slice() {
        [] => None,
        [none] if none == "none" => Some(Vec::new()),
        _ => Some(given),
    }
}

fn phones(given: &[String]) -> Result<Option<Vec<Phone>>> {
    match given {
        [] => return Ok(None),
        [none] if none == "none" => return Ok(Some(Vec::new())),
        _ => {}
    }
    let phone = |text: &String| {
        let (kind, number) = text.split_once('=').unwrap_or(("", text));
        let kind = match kind {
            "work" => PhoneKind::Work,
            "mobile" => PhoneKind::Mobile,
            "home" => PhoneKind::Home,
            "other" => PhoneKind::Other,
            _ => bail!("--phone {text}: it should be work=, mobile=, home= or other= and the number"),
        };
        Ok(Phone { kind, number: number.to_owned() })
    };
    given.iter().map(phone).collect::<Result<_>>().map(Some)
}

impl From<PolicyArgs> for PolicyChange {
    fn from(args: PolicyArgs) -> Self {
        Self {
            account_password_sign_in: args.account_passwords,
            address_grace_days: args.address_grace_days,
            keep_deleted_days: args.keep_deleted_days,
            history_days: args.history_days,
            limits: LimitsChange {
                contacts: args.max_contacts,
                watchers: args.max_watchers,
                groups: args.max_groups,
                endpoints: args.max_endpoints,
            },
        }
    }
}
