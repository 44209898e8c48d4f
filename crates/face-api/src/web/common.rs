//! What all operations of the web API have in common in its description: who may ask, and how each may be refused.

use utoipa::Modify;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response};

use crate::code;

/// The name of the one answer that every refusal has.
const PROBLEM: &str = "Problem";
/// What proves who asks.
const SESSION: &str = "session";
/// What a change must bring along besides.
const CSRF: &str = "csrf";

/// Operations that are asked by somebody who is not known by a cookie: one makes it, the other has a ticket.
const WITHOUT_SESSION: &[&str] = &["signIn", "openEvents"];

/// Adds to every operation what none of them says itself.
pub(super) struct Common;

impl Modify for Common {
    fn modify(&self, description: &mut OpenApi) {
        let components = description.components.get_or_insert_default();
        components.responses.insert(PROBLEM.to_owned(), problem().into());
        components.schemas.insert(code::NAME.to_owned(), code::of_the_web());
        let session = ApiKeyValue::with_description("__Host-rapport", "as `POST /api/v1/session` sets it");
        components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(session)));
        let csrf = ApiKeyValue::with_description("X-Rapport-Csrf", "`csrf` of the session");
        components.add_security_scheme(CSRF, SecurityScheme::ApiKey(ApiKey::Header(csrf)));
        for item in description.paths.paths.values_mut() {
            let changes = [&mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
            changes.into_iter().flatten().for_each(|operation| complete(operation, true));
            item.get.iter_mut().for_each(|operation| complete(operation, false));
        }
    }
}

/// The answer of a refusal.
fn problem() -> Response {
    let schema = RefOr::<utoipa::openapi::Schema>::Ref(Ref::from_schema_name(PROBLEM));
    let mut problem = Response::new("Why it was not done.");
    problem.content.insert("application/problem+json".to_owned(), Content::new(Some(schema)).into());
    problem
}

fn complete(operation: &mut Operation, is_change: bool) {
    let name = operation.operation_id.as_deref().unwrap_or_default();
    let with_session = !WITHOUT_SESSION.contains(&name);
    operation.security = Some(match (with_session, is_change) {
        (true, true) => vec![SecurityRequirement::new(SESSION, [""; 0]).add(CSRF, [""; 0])],
        (true, false) => vec![SecurityRequirement::new(SESSION, [""; 0])],
        (false, _) => Vec::new(),
    });
    let has_parameters = operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    let has_body = operation.request_body.is_some();
    // Of which number each answers, by what it takes; the rest every operation says itself.
    let refusals = [
        ("400", has_parameters || has_body),
        ("403", is_change),
        ("413", has_body),
        ("415", has_body),
        ("429", with_session),
        ("500", true),
        ("503", true),
        ("507", is_change),
    ];
    let responses = &mut operation.responses.responses;
    for (status, _) in refusals.into_iter().filter(|(_, answers)| *answers) {
        responses.entry(status.to_owned()).or_insert_with(|| problem().into());
    }
    for (_, response) in responses.iter_mut().filter(|(status, _)| status.starts_with(['4', '5'])) {
        *response = RefOr::Ref(Ref::from_response_name(PROBLEM));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    /// Every operation with its path and its method.
    fn operations() -> Vec<(String, Value)> {
        let description: Value = serde_json::from_str(&crate::web::openapi()).expect("JSON");
        let paths = description["paths"].as_object().expect("paths").clone();
        paths
            .iter()
            .flat_map(|(path, item)| {
                let operations = item.as_object().expect("operations").clone();
                operations.into_iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
            })
            .collect()
    }

    #[test]
    fn every_change_says_that_it_needs_a_session_with_its_token() {
        for (name, operation) in operations() {
            let security = operation["security"].to_string();
            let want = match name.as_str() {
                "post /api/v1/session" | "get /api/v1/events" => "[]",
                get if get.starts_with("get ") => r#"[{"session":[]}]"#,
                _ => r#"[{"csrf":[],"session":[]}]"#,
            };
            assert_eq!(security, want, "{name}");
        }
    }

    #[test]
    fn every_refusal_is_described_as_a_problem() {
        for (name, operation) in operations() {
            let responses = operation["responses"].as_object().expect("responses").clone();
            for (status, response) in responses.iter().filter(|(status, _)| status.starts_with(['4', '5'])) {
                assert_eq!(response["$ref"], "#/components/responses/Problem", "{name} {status}");
            }
            assert!(responses.contains_key("503"), "{name}");
            assert_eq!(responses.contains_key("415"), operation["requestBody"].is_object(), "{name}");
        }
    }
}
