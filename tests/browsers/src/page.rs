//! What can be done with any page, and what can be seen of it. Whatever isn't there in time fails the test, with what is
//! there instead.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::chromium::Driver;
use crate::find::Find;

/// One tab.
#[derive(Clone)]
pub struct Page {
    driver: Arc<Driver>,
    name: String,
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Page {
    pub(crate) fn open(driver: &Arc<Driver>, name: &str, look: Value) -> Self {
        let page = Self { driver: Arc::clone(driver), name: name.to_owned() };
        page.call("open", json!({"look": look}));
        driver.lock().pages.push(name.to_owned());
        page
    }

    /// Opens a second tab beside this one: the same browser, the same session.
    #[track_caller]
    #[must_use]
    pub fn beside(&self, name: &str) -> Self {
        let tab = Self::open(&self.driver, name, json!({"beside": self.name}));
        tab.goto(&self.address());
        tab
    }

    /// Closes the tab.
    #[track_caller]
    pub fn close(&self) {
        self.call("close", json!({}));
        self.driver.lock().pages.retain(|name| *name != self.name);
    }

    #[track_caller]
    fn call(&self, command: &str, arguments: Value) -> Value {
        match self.try_call(command, arguments.clone()) {
            Ok(value) => value,
            Err(failure) => panic!("{}: {command} {arguments}: {failure}", self.name),
        }
    }

    fn try_call(&self, command: &str, arguments: Value) -> Result<Value, String> {
        let answer = self.driver.lock().call(command, &self.name, arguments);
        answer.failure.map_or(Ok(answer.value), Err)
    }

    /// Goes to a page by its whole address.
    #[track_caller]
    pub fn goto(&self, address: &str) {
        self.call("goto", json!({"text": address}));
    }

    /// Goes to another page of the same server, such as `/im/history`.
    #[track_caller]
    pub fn visit(&self, path: &str) {
        let address = self.address();
        let origin: Vec<&str> = address.splitn(4, '/').take(3).collect();
        self.goto(&format!("{}{path}", origin.join("/")));
    }

    /// Loads the page anew.
    #[track_caller]
    pub fn reload(&self) {
        self.call("reload", json!({}));
    }

    /// Waits until something is seen.
    #[track_caller]
    pub fn see(&self, find: Find) {
        self.call("see", json!({"find": find.words()}));
    }

    /// Waits until something is seen no more.
    #[track_caller]
    pub fn gone(&self, find: Find) {
        self.call("gone", json!({"find": find.words()}));
    }

    /// Clicks on it.
    #[track_caller]
    pub fn click(&self, find: Find) {
        self.call("click", json!({"find": find.words()}));
    }

    /// Asks for its menu, as the right button of a mouse does.
    #[track_caller]
    pub fn menu(&self, find: Find) {
        self.call("menu", json!({"find": find.words()}));
    }

    /// Drags it onto something else.
    #[track_caller]
    pub fn drag(&self, find: Find, to: Find) {
        self.call("drag", json!({"find": find.words(), "to": to.words()}));
    }

    /// Writes into a field, in the place of what stands there.
    #[track_caller]
    pub fn fill(&self, find: Find, text: &str) {
        self.call("fill", json!({"find": find.words(), "text": text}));
    }

    /// Chooses from a list by value.
    #[track_caller]
    pub fn select(&self, find: Find, value: &str) {
        self.call("select", json!({"find": find.words(), "text": value}));
    }

    /// Presses a key, such as `Shift+F10`, wherever the focus is.
    #[track_caller]
    pub fn press(&self, key: &str) {
        self.call("press", json!({"text": key}));
    }

    /// Types letter by letter, wherever the focus is.
    #[track_caller]
    pub fn types(&self, text: &str) {
        self.call("type", json!({"text": text}));
    }

    /// The text of what is found first.
    #[track_caller]
    #[must_use]
    pub fn text_of(&self, find: Find) -> String {
        self.call("text", json!({"find": find.words()})).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until what is found first reads so.
    #[track_caller]
    pub fn reads(&self, find: Find, text: &str) {
        self.call("reads", json!({"find": find.words(), "text": text}));
    }

    /// Waits until so many of them are seen.
    #[track_caller]
    pub fn counts(&self, find: Find, number: u64) {
        self.call("counts", json!({"find": find.words(), "value": number}));
    }

    /// Waits until a script, run inside of the page, has this value.
    #[track_caller]
    pub fn becomes(&self, script: &str, value: impl Into<Value>) {
        self.call("becomes", json!({"text": script, "value": value.into()}));
    }

    /// How many of them are seen now.
    #[track_caller]
    #[must_use]
    pub fn count(&self, find: Find) -> u64 {
        self.call("count", json!({"find": find.words()})).as_u64().unwrap_or_default()
    }

    /// The value of a script, run inside of the page.
    #[track_caller]
    #[must_use]
    pub fn evaluate(&self, script: &str) -> Value {
        self.call("evaluate", json!({"text": script}))
    }

    /// The page's address.
    #[track_caller]
    #[must_use]
    pub fn address(&self) -> String {
        self.call("url", json!({})).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until that stands on the tab.
    #[track_caller]
    pub fn is_titled(&self, title: &str) {
        self.call("titled", json!({"text": title}));
    }

    /// Takes the network away from this browser, or gives it back.
    #[track_caller]
    pub fn set_offline(&self, offline: bool) {
        self.call("offline", json!({"on": offline}));
    }

    /// The address of everything that the page has asked for.
    #[track_caller]
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        strings(&self.call("requests", json!({})))
    }

    /// Every event that has come by WebSocket, in order.
    #[track_caller]
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        let frames = strings(&self.call("frames", json!({})));
        frames.iter().filter_map(|frame| serde_json::from_str(frame).ok()).collect()
    }

    /// What went wrong inside of the page since this was asked last; the end of a scenario fails for what is left.
    #[track_caller]
    pub fn take_faults(&self) -> Vec<String> {
        strings(&self.call("faults", json!({})))
    }

    /// Has axe look at the page as it is, and fails for what it finds.
    #[track_caller]
    pub fn is_accessible(&self) {
        let found = strings(&self.call("axe", json!({})));
        assert!(found.is_empty(), "{}: at {}: {found:#?}", self.name, self.address());
    }

    /// Begins to watch for a text in what a selector finds, where it isn't yet.
    #[track_caller]
    pub fn watch(&self, selector: &str, text: &str) {
        self.call("watch", json!({"find": {"css": selector}, "text": text}));
    }

    /// When what is watched for had been painted, in milliseconds since 1970; waits for it.
    #[track_caller]
    #[must_use]
    pub fn watched(&self) -> f64 {
        self.call("watched", json!({})).as_f64().expect("the driver says when")
    }
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}
