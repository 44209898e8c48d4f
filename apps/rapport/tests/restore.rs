//! What people who are signed in notice when something is brought back from a backup.

use std::path::{Path, PathBuf};
use std::process::Command;

use hyper::Method;
use rapport::client::{Client as Management, path};
use rapport::config::{self, Inputs, Settings};
use rapport::server::{self, Running};
use rapport_testkit::client::{Event, Profile, bodies};
use rapport_testkit::clock::SystemClock;
use rapport_testkit::driver::Client;
use serde_json::{Value, json};

const PASSWORD: &str = "quinoa-Harbour-7142";

fn settings(data: &Path) -> Settings {
    let set = |key, text: &str| (key, "of a test", text.to_owned());
    let command_line = vec![
        set("data.directory", &data.display().to_string()),
        set("server.name", "sip.test.example"),
        set("listen.tls", "127.0.0.1:0"),
        set("listen.https", ""),
        set("listen.tcp", "127.0.0.1:0"),
        set("listen.metrics", ""),
        set("passwords.argon2_memory", "64KiB"),
    ];
    config::load(&Inputs { command_line, ..Inputs::default() }).expect("valid").0
}

/// A server with a company of Kim and Lee.
struct Scene {
    place: PathBuf,
    running: Option<Running>,
    management: Management,
}

impl Scene {
    async fn new(name: &str) -> Self {
        let place = std::env::temp_dir().join(format!("rapport-restore-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&place).expect("a directory");
        let running = server::start(&settings(&place.join("data"))).await.expect("started");
        let management = Management::new(running.management());
        let scene = Self { place, running: Some(running), management };
        let company = json!({
            "name": "boats",
            "domains": ["boats.example"],
            "policy": { "accountPasswordSignIn": true },
        });
        scene.post(&["v1", "tenants"].map(String::from), &company).await;
        for who in ["kim", "lee"] {
            let user = json!({ "address": format!("{who}@boats.example"), "password": PASSWORD });
            scene.post(&["v1", "tenants", "boats", "users"].map(String::from), &user).await;
        }
        scene
    }

    async fn post<const N: usize>(&self, place: &[String; N], body: &Value) -> Value {
        let place = path(place.each_ref().map(String::as_str));
        self.management.send(Method::POST, &place, body).await.expect("done")
    }

    async fn sign_in(&self, who: &str, seed: u64) -> Client {
        let running = self.running.as_ref().expect("it runs");
        let plain = running.addresses().last().expect("listened on").address;
        let now = SystemClock.wall_time();
        let profile = Profile::new(&format!("{who}@boats.example"), PASSWORD, seed).at(now);
        let mut client = Client::tcp(plain, profile).await.expect("connected");
        client.sign_in().await.expect("signed in");
        client
    }

    /// Makes a backup, as an operator does beside the running server.
    async fn backup(&self) -> PathBuf {
        let to = self.place.join("backup.tar");
        let mut command = Command::new(env!("CARGO_BIN_EXE_rapport"));
        command.args(["backup", "--without-key", "--to"]).arg(&to).arg("--data").arg(self.place.join("data"));
        let output =
            tokio::task::spawn_blocking(move || command.output()).await.expect("run").expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        to
    }

    async fn end(mut self) {
        assert!(self.running.take().expect("it runs").shutdown().await);
        std::fs::remove_dir_all(&self.place).expect("removed");
    }
}

fn members(action: &str, container: u32, version: u32) -> String {
    format!(
        "<setContainerMembers xmlns=\"http://schemas.microsoft.com/2006/09/sip/rich-presence\"><container \
         id=\"{container}\" version=\"{version}\"><member action=\"{action}\" type=\"user\" \
         value=\"lee@boats.example\"/></container></setContainerMembers>"
    )
}

fn told(event: &Event, of: &str, what: &str) -> bool {
    event.as_request().is_some_and(|request| {
        let body = String::from_utf8_lossy(&request.body);
        request.headers.named("Event").is_some_and(|event| event.starts_with(of)) && body.contains(what)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_persons_contacts_and_access_lists_come_back_to_the_programs_that_are_signed_in() {
    let scene = Scene::new("person").await;
    let mut kim = scene.sign_in("kim", 1).await;
    let [contacts, ..] = kim.first_subscriptions().await.expect("subscribed");
    let delta = bodies::delta_num(&contacts.body).expect("a number");
    let request = kim.change_contacts(bodies::set_contact("lee@boats.example", "Lee", "1", delta));
    kim.success(request).await.expect("added");
    let request = kim.set_container_members(members("add", 400, 0));
    kim.success(request).await.expect("a member");
    let backup = scene.backup().await;

    // Later that day everything goes, and Lee is blocked.
    let request = kim.change_contacts(bodies::delete_contact("lee@boats.example", delta + 1));
    kim.success(request).await.expect("deleted");
    let request = kim.set_container_members(members("remove", 400, 1));
    kim.success(request).await.expect("no member");
    let request = kim.set_container_members(members("add", 32000, 0));
    kim.success(request).await.expect("blocked");
    // What is told of it comes by itself, and not before the answers.
    let deleted = kim.expect("the deletion", |event| {
        told(event, "vnd-microsoft-roaming-contacts", "lee@boats.example")
            && matches!(event, Event::Asked(request) if bodies::delta_num(&request.body) == Some(delta + 2))
    });
    deleted.await.expect("told");
    let blocked = kim
        .expect("the block", |event| told(event, "vnd-microsoft-roaming-self", "id=\"32000\" version=\"1\""));
    blocked.await.expect("told");
    kim.forget();

    let place = ["v1", "tenants", "boats", "users", "kim", "restore"].map(String::from);
    let restored = scene.post(&place, &json!({ "backup": backup })).await;
    // Lee, and the two that every new person has on the access lists.
    assert_eq!(restored, json!({ "contacts": 1, "leftOut": 0, "members": 3 }));
    let contact =
        kim.expect("the contact", |event| told(event, "vnd-microsoft-roaming-contacts", "lee@boats.example"));
    let Event::Asked(notified) = contact.await.expect("told") else { panic!("a request was awaited") };
    assert_eq!(
        bodies::delta_num(&notified.body),
        Some(delta + 3),
        "one step on from what Kim's program knows"
    );
    // The version is new: a program that still has that of the backup must not take this for it.
    let access = kim.expect("the access list", |event| {
        told(event, "vnd-microsoft-roaming-self", "id=\"400\" version=\"3\"")
            && told(event, "vnd-microsoft-roaming-self", "lee@boats.example")
    });
    access.await.expect("told");
    // Kim's program goes on from there as from any other change.
    let request = kim.change_contacts(bodies::delete_contact("lee@boats.example", delta + 3));
    kim.success(request).await.expect("deleted");
    let request = kim.set_container_members(members("add", 32000, 2));
    kim.success(request).await.expect("blocked again");

    // The same backup brings it back again, and the audit log tells of both.
    scene.post(&place, &json!({ "backup": backup })).await;
    let log = scene.management.get(&path(["v1", "tenants", "boats", "audit"])).await.expect("read");
    let times = log.to_string().matches("contacts and access restored").count();
    assert_eq!(times, 2, "{log}");
    scene.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_programs_of_a_company_that_comes_back_sign_in_again_and_find_what_was_then() {
    let scene = Scene::new("company").await;
    let mut kim = scene.sign_in("kim", 1).await;
    let [contacts, ..] = kim.first_subscriptions().await.expect("subscribed");
    let delta = bodies::delta_num(&contacts.body).expect("a number");
    let request = kim.change_contacts(bodies::set_contact("lee@boats.example", "Lee", "1", delta));
    kim.success(request).await.expect("added");
    let request = kim.publish(bodies::Batch::new("sip:kim@boats.example").with_note("then", 0).finish());
    kim.success(request).await.expect("published");
    let backup = scene.backup().await;

    let request = kim.publish(bodies::Batch::new("sip:kim@boats.example").with_note("later", 1).finish());
    kim.success(request).await.expect("published");
    scene
        .management
        .act(Method::DELETE, &path(["v1", "tenants", "boats", "users", "lee"]))
        .await
        .expect("removed");
    let place = ["v1", "tenants", "boats", "restore"].map(String::from);
    let restored = scene.post(&place, &json!({ "backup": backup })).await;
    assert_eq!((&restored["people"], &restored["gone"]), (&2.into(), &0.into()));
    kim.closed().await.expect("the session is over");

    let mut kim = scene.sign_in("kim", 2).await;
    let [contacts, _, own] = kim.first_subscriptions().await.expect("subscribed");
    let (list, own) = (String::from_utf8_lossy(&contacts.body), String::from_utf8_lossy(&own.body));
    assert!(list.contains("lee@boats.example"), "{list}");
    assert!(bodies::delta_num(&contacts.body) > Some(delta + 1), "{list}");
    assert!(own.contains("then") && !own.contains("later"), "{own}");
    // Who was removed since is there again, with the password of then.
    scene.sign_in("lee", 3).await;
    scene.end().await;
}
