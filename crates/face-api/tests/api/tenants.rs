//! Companies and their domains.

use serde_json::{Value, json};

use crate::support::Api;

#[tokio::test]
async fn a_company_is_added_shown_listed_changed_and_removed() {
    let api = Api::empty();
    let new = json!({ "name": "boats", "domains": ["boats.example", "Müller.example"] });
    let added = api.done("POST", "/v1/tenants", new).await;
    assert_eq!(added["displayName"], "boats");
    assert_eq!(added["netbiosName"], "BOATS");
    assert_eq!(added["domains"], json!(["boats.example", "xn--mller-kva.example"]));
    assert_eq!(added["enabled"], true);
    assert_eq!(added["policy"]["accountPasswordSignIn"], false);
    assert_eq!(
        added["policy"]["limits"],
        json!({"contacts": 250, "watchers": 250, "groups": 64, "endpoints": 8})
    );
    assert_eq!(api.done("GET", "/v1/tenants/boats", Value::Null).await, added);
    assert_eq!(api.done("GET", "/v1/tenants", Value::Null).await, json!({ "tenants": [added] }));

    let change = json!({
        "displayName": "Boats & Co", "enabled": false,
        "policy": { "accountPasswordSignIn": true, "limits": { "contacts": 2 } }
    });
    let changed = api.done("PATCH", "/v1/tenants/boats", change).await;
    assert_eq!((&changed["displayName"], &changed["enabled"]), (&json!("Boats & Co"), &json!(false)));
    assert_eq!(changed["policy"]["accountPasswordSignIn"], true);
    assert_eq!(changed["policy"]["limits"]["contacts"], 2);
    assert_eq!(changed["policy"]["limits"]["watchers"], 250, "what is left out stays");
    assert_eq!(changed["netbiosName"], "BOATS");

    api.done("DELETE", "/v1/tenants/boats", Value::Null).await;
    api.refused(("GET", "/v1/tenants/boats", Value::Null), 404, "not-found").await;
}

#[tokio::test]
async fn a_company_that_is_not_valid_or_taken_is_refused_with_the_field() {
    let api = Api::with_two_companies().await;
    let add = |body: Value| ("POST", "/v1/tenants", body);
    let taken = json!({ "name": "one", "domains": ["x.example"] });
    api.refused(add(taken), 409, "taken").await;
    let taken = json!({ "name": "three", "domains": ["one.example"] });
    api.refused(add(taken), 409, "taken").await;
    for (body, field) in [
        (json!({ "name": "No Spaces", "domains": ["x.example"] }), "name"),
        (json!({ "name": "three", "domains": [] }), "domains"),
        (json!({ "name": "three", "domains": ["not a domain"] }), "domains"),
        (
            json!({ "name": "three", "domains": ["x.example"], "netbiosName": "FAR-TOO-LONG-A-NAME" }),
            "netbiosName",
        ),
        (
            json!({ "name": "three", "domains": ["x.example"], "policy": { "limits": { "contacts": 100000 } } }),
            "limits.contacts",
        ),
    ] {
        let problem = api.refused(add(body), 422, "invalid-field").await;
        assert_eq!(problem["field"], field);
    }
    for path in ["/v1/tenants/nobody", "/v1/tenants/nobody/users", "/v1/tenants/nobody/domains"] {
        api.refused(("GET", path, Value::Null), 404, "not-found").await;
    }
    api.refused(("PATCH", "/v1/tenants/nobody", json!({})), 404, "not-found").await;
    api.refused(("DELETE", "/v1/tenants/nobody", Value::Null), 404, "not-found").await;
}

#[tokio::test]
async fn domains_are_added_listed_and_removed_but_not_anothers_and_not_one_in_use() {
    let api = Api::with_two_companies().await;
    let path = "/v1/tenants/one/domains";
    let added = api.done("POST", path, json!({ "domain": "More.Example" })).await;
    assert_eq!(added, json!({ "domain": "more.example" }));
    let list = api.done("GET", path, Value::Null).await;
    assert_eq!(list, json!({ "domains": ["one.example", "more.example"] }));
    api.refused(("POST", path, json!({ "domain": "two.example" })), 409, "taken").await;
    api.refused(("POST", path, json!({ "domain": "-" })), 422, "invalid-field").await;
    api.refused(("DELETE", "/v1/tenants/one/domains/one.example", Value::Null), 409, "taken").await;
    api.refused(("DELETE", "/v1/tenants/one/domains/two.example", Value::Null), 404, "not-found").await;
    api.done("DELETE", "/v1/tenants/one/domains/more.example", Value::Null).await;
    let list = api.done("GET", path, Value::Null).await;
    assert_eq!(list, json!({ "domains": ["one.example"] }));
}
