//! The codes by which programs know a problem: the one list of them. Nothing else is answered, and each that a browser can be
//! answered has a sentence in every language of the web client.

use rapport_core::refusal::Refusal;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

macro_rules! codes {
    ($($name:ident = $code:literal,)*) => {
        /// Why something was not done, for programs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code {
            $(#[doc = $code] $name,)*
        }

        impl Code {
            /// Every one that there is.
            const ALL: &[Self] = &[$(Self::$name,)*];

            /// Returns it as it is written in an answer.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

codes! {
    AccountDisabled = "account-disabled",
    BadBackup = "bad-backup",
    BadBody = "bad-body",
    BadPath = "bad-path",
    BadQuery = "bad-query",
    BodyTooLarge = "body-too-large",
    CompanyDisabled = "company-disabled",
    ContactListFull = "contact-list-full",
    Csrf = "csrf",
    Forbidden = "forbidden",
    Full = "full",
    GroupIsFixed = "group-is-fixed",
    HistoryOff = "history-off",
    Internal = "internal",
    InvalidField = "invalid-field",
    MethodNotAllowed = "method-not-allowed",
    NoOperator = "no-operator",
    NotAWebsocket = "not-a-websocket",
    NotFound = "not-found",
    NotJson = "not-json",
    NotLicensed = "not-licensed",
    NotSignedIn = "not-signed-in",
    NotYours = "not-yours",
    PolicyForbids = "policy-forbids",
    RepeatedPublication = "repeated-publication",
    ReservedContainer = "reserved-container",
    ReservedPublication = "reserved-publication",
    ServiceKey = "service-key",
    SignInFailed = "sign-in-failed",
    StaleDelta = "stale-delta",
    StaleVersion = "stale-version",
    StoreFull = "store-full",
    StoreUnwritable = "store-unwritable",
    Taken = "taken",
    TooLarge = "too-large",
    TooManyAppPasswords = "too-many-app-passwords",
    TooManyConversations = "too-many-conversations",
    TooManyEndpoints = "too-many-endpoints",
    TooManyGroups = "too-many-groups",
    TooManyMembers = "too-many-members",
    TooManyPublications = "too-many-publications",
    TooManyRequests = "too-many-requests",
    TooSlow = "too-slow",
    Unavailable = "unavailable",
    UnderWay = "under-way",
    UnknownContact = "unknown-contact",
    UnknownGroup = "unknown-group",
    WeakPassword = "weak-password",
    WrongOrigin = "wrong-origin",
    WrongPassword = "wrong-password",
    WrongSubprotocol = "wrong-subprotocol",
}

impl Code {
    /// Returns the code of a refusal of the rules.
    pub(crate) fn of(refusal: &Refusal) -> Self {
        let code = match refusal {
            Refusal::AccountDisabled => Self::AccountDisabled,
            Refusal::NotLicensed => Self::NotLicensed,
            Refusal::CompanyDisabled => Self::CompanyDisabled,
            Refusal::ContactListFull { .. } => Self::ContactListFull,
            Refusal::TooManyGroups { .. } => Self::TooManyGroups,
            Refusal::TooManyEndpoints { .. } => Self::TooManyEndpoints,
            Refusal::TooManyPublications { .. } => Self::TooManyPublications,
            Refusal::TooManyAppPasswords { .. } => Self::TooManyAppPasswords,
            Refusal::TooManyMembers { .. } => Self::TooManyMembers,
            Refusal::StaleDelta { .. } => Self::StaleDelta,
            Refusal::UnknownGroup => Self::UnknownGroup,
            Refusal::UnknownContact => Self::UnknownContact,
            Refusal::GroupIsFixed => Self::GroupIsFixed,
            Refusal::TooLarge { .. } => Self::TooLarge,
            Refusal::NotYours => Self::NotYours,
            Refusal::ReservedPublication => Self::ReservedPublication,
            Refusal::RepeatedPublication => Self::RepeatedPublication,
            Refusal::ReservedContainer => Self::ReservedContainer,
            Refusal::HistoryOff => Self::HistoryOff,
            Refusal::PolicyForbids { .. } => Self::PolicyForbids,
            Refusal::Invalid { .. } => Self::InvalidField,
        };
        debug_assert_eq!(code.as_str(), refusal.code(), "one word for one refusal");
        code
    }

    /// Tells whether only the management API answers it.
    const fn is_of_management(self) -> bool {
        matches!(self, Self::BadBackup | Self::NoOperator | Self::ServiceKey | Self::UnderWay)
    }
}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        schema(|_| true)
    }
}

impl ToSchema for Code {
    fn name() -> std::borrow::Cow<'static, str> {
        NAME.into()
    }
}

/// How the list is called in the descriptions.
pub(crate) const NAME: &str = "ProblemCode";

/// The list of what a browser can be answered.
pub(crate) fn of_the_web() -> RefOr<Schema> {
    schema(|code| !code.is_of_management())
}

fn schema(is_listed: impl Fn(Code) -> bool) -> RefOr<Schema> {
    let codes = Code::ALL.iter().copied().filter(|code| is_listed(*code)).map(Code::as_str);
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("Every code that there is in this version. One never changes its meaning."))
        .enum_values(Some(codes))
        .into()
}

/// What the code of an answer is: one of the list, or any other word. A list alone would be a promise that no code is ever
/// added, and programs that hold answers against the description would refuse what is new.
pub(crate) fn or_a_newer_one() -> Schema {
    AnyOfBuilder::new()
        .item(Ref::from_schema_name(NAME))
        .item(ObjectBuilder::new().schema_type(Type::String))
        .description(Some(
            "The stable code by which programs know the problem: one of those that there are, or one that is newer than \
             this description.",
        ))
        .into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// The sentences of problems that a language has, by their codes.
    fn sentences(language: &str) -> BTreeSet<String> {
        let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/packages/i18n/src/locales");
        let text =
            std::fs::read_to_string(web.join(format!("{language}.ftl"))).expect("the language's sentences");
        let keys = text.lines().filter_map(|line| line.strip_prefix("problem-")?.split_once(" ="));
        keys.map(|(code, _)| code.to_owned()).collect()
    }

    #[test]
    fn each_code_that_a_browser_can_be_answered_has_a_sentence_in_every_language() {
        for language in ["en", "de"] {
            let sentences = sentences(language);
            let codes = Code::ALL.iter().filter(|code| !code.is_of_management()).map(|code| code.as_str());
            let unsaid: Vec<&str> = codes.filter(|code| !sentences.contains(*code)).collect();
            assert!(unsaid.is_empty(), "{language}.ftl has no problem-… of {unsaid:?}");
        }
    }

    #[test]
    fn both_descriptions_list_the_codes_and_leave_room_for_newer_ones() {
        for (description, has_management) in [(crate::document(), true), (crate::web_openapi(), false)] {
            let description: serde_json::Value = serde_json::from_str(&description).expect("JSON");
            let schemas = &description["components"]["schemas"];
            let listed = schemas[NAME]["enum"].as_array().expect("a list");
            for code in Code::ALL {
                let wanted = has_management || !code.is_of_management();
                assert_eq!(listed.contains(&code.as_str().into()), wanted, "{code:?}");
            }
            let either = &schemas["Problem"]["properties"]["code"]["anyOf"];
            assert_eq!(either[0]["$ref"], format!("#/components/schemas/{NAME}"));
            assert_eq!(either[1], serde_json::json!({ "type": "string" }));
        }
    }
}
