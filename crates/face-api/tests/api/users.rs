//! People, their passwords and their app passwords.

use serde_json::{Value, json};

use crate::support::{Api, PASSWORD};

const KIM: &str = "/v1/tenants/one/users/kim@one.example";

#[tokio::test]
async fn a_person_is_added_with_a_card_and_shown_with_how_much_is_used() {
    let api = Api::with_two_companies().await;
    let new = json!({
        "address": "sip:Lee.Park@one.example", "aliases": ["lee@one.example"], "displayName": "Lee Park",
        "givenName": "Lee", "surname": "Park", "title": "Engineer", "department": "Tools", "company": "One",
        "office": "12", "webPage": "https://one.example/lee", "mail": "lee@mail.example", "phones": [{ "kind": "work", "number": "+1 555 0100" }],
        "manager": "kim"
    });
    let added = api.done("POST", "/v1/tenants/one/users", new).await;
    assert_eq!(added["address"], "lee.park@one.example");
    assert_eq!(added["signInName"], "lee.park");
    assert_eq!(added["manager"], "kim@one.example");
    assert_eq!(added["webPage"], "https://one.example/lee");
    assert_eq!(added["phones"], json!([{ "kind": "work", "number": "+1 555 0100" }]));
    assert_eq!((&added["enabled"], &added["licensed"]), (&json!(true), &json!(true)));
    assert_eq!(added["contacts"], json!({ "count": 0, "limit": 250 }));
    assert_eq!(added["watchers"], json!({ "count": 0, "limit": 250 }));
    assert_eq!(added["endpoints"], json!({ "count": 0, "limit": 8 }));
    for name in ["lee.park@one.example", "lee@one.example", "LEE.PARK"] {
        let path = format!("/v1/tenants/one/users/{name}");
        assert_eq!(api.done("GET", &path, Value::Null).await, added, "{name}");
    }
}

#[tokio::test]
async fn a_person_that_is_not_valid_or_taken_is_refused_with_the_field() {
    let api = Api::with_two_companies().await;
    let add = |body: Value| ("POST", "/v1/tenants/one/users", body);
    for (body, field) in [
        (json!({ "address": "lee" }), "address"),
        (json!({ "address": "lee@two.example" }), "address"),
        (json!({ "address": "lee@one.example", "aliases": ["x y@one.example"] }), "aliases"),
        (json!({ "address": "lee@one.example", "manager": "nobody" }), "manager"),
        (json!({ "address": "lee@one.example", "manager": "kim@two.example" }), "manager"),
        (json!({ "address": "lee@one.example", "mail": "no mail" }), "mail"),
    ] {
        let (status, problem) = api.send("POST", "/v1/tenants/one/users", body.clone()).await;
        assert_eq!((status.as_u16(), &problem["field"]), (422, &json!(field)), "{body}: {problem}");
    }
    api.refused(add(json!({ "address": "kim@one.example" })), 409, "taken").await;
    let same_name = json!({ "address": "lee@one.example", "signInName": "KIM" });
    api.refused(add(same_name), 409, "taken").await;
    let weak = json!({ "address": "lee@one.example", "password": "short" });
    let problem = api.refused(add(weak), 422, "weak-password").await;
    assert_eq!(problem["field"], "password");
    // It is the only factor: fifteen characters at the least, counted in the composed form.
    for (password, taken) in
        [("tzbn wvvp qgkl", false), ("tzbn wvvp u\u{308}gkl", false), ("tzbn wvvp qgklm", true)]
    {
        let body = json!({ "address": format!("p{}@one.example", taken), "password": password });
        let (status, problem) = api.send("POST", "/v1/tenants/one/users", body).await;
        assert_eq!(status.is_success(), taken, "{password}: {problem}");
    }
    api.refused(("GET", "/v1/tenants/one/users/lee@one.example", Value::Null), 404, "not-found").await;
}

#[tokio::test]
async fn people_are_listed_in_pages() {
    let api = Api::with_two_companies().await;
    for n in 1..5 {
        let new = json!({ "address": format!("p{n}@one.example") });
        api.done("POST", "/v1/tenants/one/users", new).await;
    }
    let mut seen = Vec::new();
    let mut path = "/v1/tenants/one/users?limit=2".to_owned();
    loop {
        let page = api.done("GET", &path, Value::Null).await;
        for user in page["users"].as_array().expect("a list") {
            seen.push(user["signInName"].as_str().expect("a name").to_owned());
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/tenants/one/users?limit=2&after={}", next.replace('/', "%2F")),
            None => break,
        }
    }
    assert_eq!(seen, ["kim", "p1", "p2", "p3", "p4"]);
    let of_two = api.done("GET", "/v1/tenants/two/users", Value::Null).await;
    let id = of_two["users"][0]["id"].as_str().expect("an id").replace('/', "%2F");
    let path = format!("/v1/tenants/one/users?after={id}");
    api.refused(("GET", &path, Value::Null), 422, "invalid-field").await;
    api.refused(("GET", "/v1/tenants/one/users?limit=x", Value::Null), 400, "bad-query").await;
    api.refused(("GET", "/v1/tenants/one/users?offset=1", Value::Null), 400, "bad-query").await;
}

#[tokio::test]
async fn what_is_left_out_of_a_change_stays() {
    let api = Api::with_two_companies().await;
    let lee = json!({ "address": "lee@one.example", "manager": "kim", "title": "Engineer" });
    api.done("POST", "/v1/tenants/one/users", lee).await;
    let path = "/v1/tenants/one/users/lee";
    let changed = api.done("PATCH", path, json!({ "department": "Tools & Bolts" })).await;
    assert_eq!((&changed["title"], &changed["department"]), (&json!("Engineer"), &json!("Tools & Bolts")));
    assert_eq!(changed["manager"], "kim@one.example");
    let changed = api.done("PATCH", path, json!({ "manager": "", "address": "lee.p@one.example" })).await;
    assert_eq!((&changed["manager"], &changed["address"]), (&Value::Null, &json!("lee.p@one.example")));
    assert_eq!(changed["signInName"], "lee");
    api.refused(("PATCH", path, json!({ "address": "kim@one.example" })), 409, "taken").await;
    // Nobody goes over to another company, nor to a domain that is nobody's.
    for (field, value) in [
        ("address", json!("lee@two.example")),
        ("address", json!("lee@sub.one.example")),
        ("address", json!("lee@nowhere.example")),
        ("aliases", json!(["lee@two.example"])),
    ] {
        let problem = api.refused(("PATCH", path, json!({ field: value })), 422, "invalid-field").await;
        assert_eq!(problem["field"], field, "{problem}");
    }
    assert_eq!(api.done("GET", path, json!(null)).await, changed);
    api.refused(("PATCH", path, json!({ "title": "x".repeat(300) })), 422, "invalid-field").await;
}

#[tokio::test]
async fn accounts_are_switched_licences_given_and_locks_lifted() {
    let api = Api::with_two_companies().await;
    let post = |verb: &str| format!("{KIM}/{verb}");
    assert_eq!(api.done("POST", &post("disable"), Value::Null).await["enabled"], false);
    assert_eq!(api.done("POST", &post("enable"), Value::Null).await["enabled"], true);
    let licence = |licensed: bool| json!({ "licensed": licensed });
    assert_eq!(api.done("PUT", &post("licence"), licence(false)).await["licensed"], false);
    assert_eq!(api.done("PUT", &post("licence"), licence(true)).await["licensed"], true);
    api.done("POST", &post("unlock"), Value::Null).await;
    api.done("PUT", &post("password"), json!({ "password": "another lantern 58 tide" })).await;
    api.refused(("PUT", &post("password"), json!({ "password": "kim" })), 422, "weak-password").await;
    api.done("DELETE", KIM, Value::Null).await;
    for verb in ["enable", "disable", "unlock"] {
        api.refused(("POST", &post(verb), Value::Null), 404, "not-found").await;
    }
    api.refused(("PUT", &post("licence"), licence(true)), 404, "not-found").await;
    api.refused(("PUT", &post("password"), json!({ "password": PASSWORD })), 404, "not-found").await;
    api.refused(("DELETE", KIM, Value::Null), 404, "not-found").await;
}

#[tokio::test]
async fn an_app_password_is_shown_once_and_listed_without_it() {
    let api = Api::with_two_companies().await;
    let path = format!("{KIM}/app-passwords");
    let issued = api.done("POST", &path, json!({ "label": "laptop" })).await;
    let password = issued["password"].as_str().expect("shown once").to_owned();
    assert!(password.len() >= 26, "{password}");
    let list = api.done("GET", &path, Value::Null).await;
    assert_eq!(list["appPasswords"][0]["label"], "laptop");
    assert_eq!(list["appPasswords"][0]["id"], issued["id"]);
    assert!(!list.to_string().contains(&password));
    api.refused(("POST", &path, json!({ "label": "" })), 422, "invalid-field").await;
    let id = issued["id"].as_str().expect("an id");
    // The same number under the other company's person is nobody's.
    let other = format!("/v1/tenants/two/users/kim/app-passwords/{id}");
    api.refused(("DELETE", &other, Value::Null), 404, "not-found").await;
    api.done("DELETE", &format!("{path}/{id}"), Value::Null).await;
    api.refused(("DELETE", &format!("{path}/{id}"), Value::Null), 404, "not-found").await;
    api.refused(("DELETE", &format!("{path}/laptop"), Value::Null), 422, "invalid-field").await;
}

#[tokio::test]
async fn a_person_of_another_company_is_nobody_there() {
    let api = Api::with_two_companies().await;
    let other = "/v1/tenants/one/users/kim@two.example";
    for (method, suffix, body) in [
        ("GET", "", Value::Null),
        ("PATCH", "", json!({ "title": "x" })),
        ("DELETE", "", Value::Null),
        ("PUT", "/password", json!({ "password": PASSWORD })),
        ("PUT", "/licence", json!({ "licensed": false })),
        ("POST", "/enable", Value::Null),
        ("POST", "/disable", Value::Null),
        ("POST", "/unlock", Value::Null),
        ("GET", "/app-passwords", Value::Null),
        ("POST", "/app-passwords", json!({ "label": "x" })),
        ("DELETE", "/app-passwords/1", Value::Null),
    ] {
        api.refused((method, &format!("{other}{suffix}"), body), 404, "not-found").await;
    }
    let theirs = api.done("GET", "/v1/tenants/two/users/kim", Value::Null).await;
    assert_eq!((&theirs["title"], &theirs["enabled"]), (&json!("Pilot"), &json!(true)), "untouched");
}
