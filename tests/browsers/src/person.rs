//! What a person does in the web client, and what they see there, in the client's English words.

use crate::find::{Find, css, label, literal, named, role, text};
use crate::page::Page;

/// What is on screen of what was said, in order.
const SAID: &str = "[...document.querySelectorAll('[role=log] div[title]')].map((one) => one.innerText.replaceAll('\\r', ''))";

/// Somebody's line of the contact list, whatever it says of them.
fn line(name: &str) -> Find {
    named("treeitem", &format!("^{}, ", literal(name)))
}

impl Page {
    /// Fills the sign-in page in and waits until the client is there.
    #[track_caller]
    pub fn sign_in(&self, address: &str, password: &str) {
        self.try_sign_in(address, password);
        self.is_signed_in();
    }

    /// Fills the sign-in page in, whatever comes of it.
    #[track_caller]
    pub fn try_sign_in(&self, address: &str, password: &str) {
        self.fill(label("Address"), address);
        self.fill(label("Password"), password);
        self.click(role("button", "Sign in"));
    }

    /// Waits until the client is there, whatever of it is open.
    #[track_caller]
    pub fn is_signed_in(&self) {
        self.see(role("navigation", "Main"));
    }

    /// Waits until the sign-in page is there.
    #[track_caller]
    pub fn is_signed_out(&self) {
        self.see(role("button", "Sign in"));
        self.gone(role("navigation", "Main"));
    }

    /// Signs out by the menu of one's own state.
    #[track_caller]
    pub fn sign_out(&self) {
        self.click(named("button", "^My status"));
        self.click(role("menuitem", "Sign out"));
        self.is_signed_out();
    }

    // My own presence

    /// Chooses a state, and waits until it is shown.
    #[track_caller]
    pub fn choose(&self, state: &str) {
        self.click(named("button", "^My status"));
        self.click(css("[role=menuitemradio]").having(state));
        self.my_state_is(state);
    }

    /// Lets the server find the state by itself again.
    #[track_caller]
    pub fn reset_state(&self) {
        self.click(named("button", "^My status"));
        self.click(role("menuitem", "Reset status"));
    }

    /// Waits until one's own state is shown so.
    #[track_caller]
    pub fn my_state_is(&self, state: &str) {
        self.see(named("button", &format!("^My status: {}", literal(state))).having(state));
    }

    /// Writes a note; an empty one takes it away.
    #[track_caller]
    pub fn note(&self, words: &str) {
        self.fill(label("My note"), words);
        self.press("Enter");
    }

    // Others

    /// Waits until somebody is on the contact list, in a state that can be read there.
    #[track_caller]
    pub fn sees(&self, name: &str, state: &str) {
        self.see(named("treeitem", &format!("^{}, {}\\b", literal(name), literal(state))).having(state));
    }

    /// The same for what a regular expression matches: the whole of what stands beside the name.
    #[track_caller]
    pub fn sees_like(&self, name: &str, pattern: &str) {
        self.see(named("treeitem", &format!("^{}, {pattern}", literal(name))));
    }

    /// Waits until a note is read beside somebody's name.
    #[track_caller]
    pub fn sees_note(&self, name: &str, note: &str) {
        self.see(line(name).having(note));
    }

    /// The whole line of somebody, as a screen reader says it.
    #[track_caller]
    #[must_use]
    pub fn line_of(&self, name: &str) -> String {
        self.see(line(name));
        let name = name.replace('"', "");
        let script = format!(
            "[...document.querySelectorAll('[role=treeitem]')].map((one) => one.getAttribute('aria-label') ?? '')\
             .find((label) => label.startsWith(\"{name}, \"))"
        );
        self.evaluate(&script).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until somebody is on the contact list within a group.
    #[track_caller]
    pub fn sees_in_group(&self, name: &str, group: &str) {
        self.see(line(name).inside(role("group", group)));
    }

    /// Waits until somebody is on the contact list no more.
    #[track_caller]
    pub fn misses(&self, name: &str) {
        self.gone(line(name));
    }

    /// Does something by the menu of somebody on the contact list.
    #[track_caller]
    pub fn with_contact(&self, name: &str, what: &str) {
        self.menu(line(name));
        self.click(role("menuitem", what));
    }

    /// Makes a group.
    #[track_caller]
    pub fn make_group(&self, name: &str) {
        self.click(role("button", "View and new group"));
        self.click(role("menuitem", "New group"));
        self.fill(label("Name of the group"), name);
        self.click(role("button", "Save"));
        self.see(named("treeitem", &format!("^{} ", literal(name))));
    }

    /// Types into "Find anyone".
    #[track_caller]
    pub fn find(&self, words: &str) {
        self.fill(role("searchbox", "Find anyone"), words);
    }

    /// Waits until somebody is among those who were found, in a state.
    #[track_caller]
    pub fn finds(&self, name: &str, state: &str) {
        self.see(
            named("button", &format!("^{}, {}\\b", literal(name), literal(state)))
                .inside(css("[data-found]")),
        );
    }

    /// Finds somebody and puts them on the contact list.
    #[track_caller]
    pub fn add(&self, name: &str) {
        self.find(name);
        self.click(role("button", &format!("Add {name}")));
        self.gone(role("button", &format!("Add {name}")));
        self.click(role("searchbox", "Find anyone"));
        self.press("Escape");
        self.gone(css("[data-found]"));
        self.see(line(name));
    }

    /// Opens somebody's card from the contact list.
    #[track_caller]
    pub fn open_card(&self, name: &str) {
        self.click(role("button", &format!("Card of {name}")).inside(line(name)));
        self.see(role("dialog", &format!("Card of {name}")));
    }

    /// Closes the card, or whatever else is over the page.
    #[track_caller]
    pub fn close_card(&self) {
        // It is there before it has the focus, and keys with it.
        self.see(css(":is([role=dialog]:focus, [role=dialog] :focus)"));
        self.press("Escape");
        self.gone(css("[role=dialog]"));
    }

    // Conversations

    /// Opens the conversation with somebody of the contact list.
    #[track_caller]
    pub fn talk_to(&self, name: &str) {
        self.click(line(name));
        self.is_talking_to(name);
    }

    /// Opens the conversation with somebody who need not be on the list.
    #[track_caller]
    pub fn find_and_talk_to(&self, name: &str) {
        // From wherever one is.
        self.press("Control+k");
        self.find(name);
        self.click(named("button", &format!("^{}, ", literal(name))).inside(css("[data-found]")));
        self.is_talking_to(name);
    }

    /// Opens one of the conversations that there are.
    #[track_caller]
    pub fn open_conversation(&self, name: &str) {
        self.click(named("button", "^Conversations").inside(role("navigation", "Main")));
        self.click(css("[data-pane=list] li button").having(name));
        self.is_talking_to(name);
    }

    /// Waits until the conversation with somebody is on screen.
    #[track_caller]
    pub fn is_talking_to(&self, name: &str) {
        self.see(css("main h1").having(name));
        self.see(role("textbox", &format!("Message to {name}")));
    }

    /// Writes a message and sends it.
    #[track_caller]
    pub fn say(&self, words: &str) {
        self.write(words);
        self.press("Enter");
        self.see(text(words).inside(css("[role=log]")));
    }

    /// Writes a message, key by key, and leaves it there.
    #[track_caller]
    pub fn write(&self, words: &str) {
        self.click(css("main [role=textbox]"));
        self.types(words);
    }

    /// Waits until a message is on screen.
    #[track_caller]
    pub fn hears(&self, words: &str) {
        self.see(css("[role=log] div[title]").having(words));
    }

    /// Waits until this is all that is on screen of what was said, in order: what is under way stands behind what came in
    /// meanwhile until the server has it.
    #[track_caller]
    pub fn has_said<T: AsRef<str>>(&self, lines: &[T]) {
        let lines: Vec<&str> = lines.iter().map(AsRef::as_ref).collect();
        self.becomes(SAID, lines);
    }

    /// Everything that is on screen of what was said at this moment, in order.
    #[track_caller]
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        let said = self.evaluate(SAID);
        said.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
    }

    /// Asks the API for something as the page would, with its cookie and its token; gives the status and the body.
    #[track_caller]
    #[must_use]
    pub fn ask(&self, method: &str, path: &str, body: Option<&serde_json::Value>) -> (u64, String) {
        let body = body.map_or("undefined".to_owned(), |body| format!("JSON.stringify({body})"));
        let script = format!(
            "(async () => {{
                const csrf = (await (await fetch('/api/v1/session')).json()).csrf;
                const headers = {{'content-type': 'application/json', 'x-rapport-csrf': csrf}};
                const answer = await fetch({path:?}, {{method: {method:?}, headers, body: {body}}});
                return [answer.status, await answer.text()];
            }})()"
        );
        let answer = self.evaluate(&script);
        (answer[0].as_u64().unwrap_or_default(), answer[1].as_str().unwrap_or_default().to_owned())
    }
}
