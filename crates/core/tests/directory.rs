//! Companies, people and the names that they sign in by.

mod support;

use rapport_core::directory::*;
use rapport_core::identity::{self, Claim, may_sign_in};
use rapport_core::policy::Policy;
use rapport_core::refusal::{Refusal, Rule};
use rapport_model::{Limits, Moment};
use support::*;

#[test]
fn a_user_and_a_domain_name_a_person_in_every_form_that_clients_send() {
    let check = |user: &str, domain: &str, want: bool| {
        let matches = Claim::read(&tenant(), user, domain).is_some_and(|claim| claim.matches(&person()));
        assert_eq!(matches, want, "{user:?} {domain:?}");
    };
    for domain in ["", "CONTOSO", "contoso", "contoso.example", "FABRIKAM.example"] {
        for user in [
            "ana",
            "Ana",
            "CONTOSO\\ana",
            "contoso/ANA",
            "fabrikam.example\\ana",
            "ana@contoso.example",
            "sip:ana.lind@contoso.example",
            "Ana.Lind@Contoso.Example",
            "ana@fabrikam.example",
        ] {
            check(user, domain, true);
        }
    }
    check("ana", "NORTHWIND", false);
    check("NORTHWIND\\ana", "", false);
    check("NORTHWIND\\ana", "CONTOSO", false);
    check("ana@northwind.example", "", false);
    check("ana.lind", "CONTOSO", false);
    check("bob", "CONTOSO", false);
    check("", "CONTOSO", false);
    check("\\", "", false);
    check("CONTOSO\\", "", false);
    check("a\0na", "", false);
    check(&"a".repeat(1000), "", false);
    check("ana", &"a".repeat(1000), false);
}

#[test]
fn a_claim_asks_for_an_address_first() {
    let claim = Claim::read(&tenant(), "ana.lind@contoso.example", "").expect("readable");
    assert_eq!(claim.address, Some(aor("ana.lind@contoso.example")));
    assert_eq!(claim.sign_in_name.as_deref(), Some("ana.lind"));
}

#[test]
fn the_reason_why_somebody_may_not_sign_in_is_told() {
    let check = |change: fn(&mut Tenant, &mut Person), want| {
        let (mut tenant, mut person) = (tenant(), person());
        change(&mut tenant, &mut person);
        assert_eq!(may_sign_in(&tenant, &person), want);
    };
    check(|_, _| {}, Ok(()));
    check(|tenant, _| tenant.enabled = false, Err(Refusal::CompanyDisabled));
    check(|_, person| person.enabled = false, Err(Refusal::AccountDisabled));
    check(|_, person| person.licensed = false, Err(Refusal::NotLicensed));
    check(|_, p| (p.enabled, p.licensed) = (false, false), Err(Refusal::AccountDisabled));
}

#[test]
fn sign_in_names_are_kept_in_lower_case() {
    assert_eq!(identity::sign_in_name("Ana.Lind"), Ok("ana.lind".into()));
    let invalid = |rule| Err(Refusal::Invalid { field: "signInName", rule });
    assert_eq!(identity::sign_in_name(""), invalid(Rule::Empty));
    assert_eq!(identity::sign_in_name(&"a".repeat(65)), invalid(Rule::TooLong { limit: 64 }));
    for wrong in ["a b", "a@b", "a\\b", "a/b", "a\0", "a\n", "<a>"] {
        assert_eq!(identity::sign_in_name(wrong), invalid(Rule::Characters), "{wrong:?}");
    }
}

fn new_tenant() -> NewTenant {
    NewTenant {
        name: "contoso".into(),
        display_name: "Contoso".into(),
        netbios_name: "CONTOSO".into(),
        domains: vec![domain("contoso.example")],
        policy: Policy::default(),
    }
}

#[test]
fn each_field_of_a_company_is_checked() {
    let check = |change: fn(&mut NewTenant), field: &'static str, rule| {
        let mut tenant = new_tenant();
        change(&mut tenant);
        assert_eq!(tenant.validate(), Err(Refusal::Invalid { field, rule }));
    };
    assert_eq!(new_tenant().validate(), Ok(()));
    check(|t| t.name.clear(), "name", Rule::Empty);
    check(|t| t.name = "Contoso".into(), "name", Rule::Characters);
    check(|t| t.name = "-contoso".into(), "name", Rule::Characters);
    check(|t| t.name = "c".repeat(33), "name", Rule::TooLong { limit: 32 });
    check(|t| t.display_name = "a\u{7}".into(), "displayName", Rule::Characters);
    check(|t| t.netbios_name = "CONTOSO.EXAMPLE".into(), "netbiosName", Rule::Characters);
    check(|t| t.netbios_name = "C".repeat(16), "netbiosName", Rule::TooLong { limit: 15 });
    check(|t| t.domains.clear(), "domains", Rule::Empty);
    check(|t| t.domains.push(domain("contoso.example")), "domains", Rule::Repeated);
    check(
        |t| t.policy.limits = Limits { endpoints: 65, ..Limits::default() },
        "limits.endpoints",
        Rule::TooMany { limit: 64 },
    );
}

fn new_person() -> NewPerson {
    let Person { address, aliases, sign_in_name, enabled, licensed, card, .. } = person();
    NewPerson { address, aliases, sign_in_name, enabled, licensed, card }
}

#[test]
fn each_field_of_a_person_is_checked() {
    let check = |change: fn(&mut NewPerson), field: &'static str, rule| {
        let mut person = new_person();
        change(&mut person);
        assert_eq!(person.validate(&tenant()), Err(Refusal::Invalid { field, rule }));
    };
    assert_eq!(new_person().validate(&tenant()), Ok(()));
    check(|p| p.address = aor("ana@northwind.example"), "address", Rule::ForeignDomain);
    check(|p| p.aliases.push(aor("ana@northwind.example")), "aliases", Rule::ForeignDomain);
    check(|p| p.aliases.push(aor("ana@fabrikam.example")), "aliases", Rule::Repeated);
    check(|p| p.aliases.push(p.address.clone()), "aliases", Rule::Repeated);
    check(|p| p.sign_in_name = "a@b".into(), "signInName", Rule::Characters);
    check(|p| p.card.display_name = "  ".into(), "displayName", Rule::Empty);
    check(|p| p.card.title = "t".repeat(257), "title", Rule::TooLong { limit: 256 });
    check(|p| p.card.mail = "nobody".into(), "mail", Rule::Characters);
    check(|p| p.card.web_page = "javascript:alert(1)".into(), "webPage", Rule::Characters);
    check(|p| p.card.web_page = "https:///ana".into(), "webPage", Rule::Characters);
    check(|p| p.card.web_page = "http://ana.example/a b".into(), "webPage", Rule::Characters);
    check(|p| p.card.phones[0].number.clear(), "phones", Rule::Empty);
    check(|p| p.card.phones = vec![p.card.phones[0].clone(); 17], "phones", Rule::TooMany { limit: 16 });
    let other = rapport_model::UserId { tenant: rapport_model::TenantId(2), user: 3 };
    let mut person = new_person();
    person.card.manager = Some(other);
    let wrong = Refusal::Invalid { field: "manager", rule: Rule::WrongPerson };
    assert_eq!(person.validate(&tenant()), Err(wrong));
}

#[test]
fn a_patch_changes_what_it_names_and_is_checked() {
    let patch =
        PersonPatch { licensed: Some(false), sign_in_name: Some("ANA2".into()), ..PersonPatch::default() };
    let changed = patch.apply(&person(), &tenant(), at(0).into()).expect("valid");
    assert_eq!(changed, Person { licensed: false, sign_in_name: "ana2".into(), ..person() });
    let myself = Card { manager: Some(person().id), ..person().card };
    let wrong = PersonPatch { card: Some(myself), ..PersonPatch::default() };
    let refused = Refusal::Invalid { field: "manager", rule: Rule::WrongPerson };
    assert_eq!(wrong.apply(&person(), &tenant(), at(0).into()), Err(refused));
    let patch = TenantPatch { enabled: Some(false), ..TenantPatch::default() };
    assert_eq!(patch.apply(&tenant()), Ok(Tenant { enabled: false, ..tenant() }));
}

#[test]
fn an_address_that_goes_away_answers_for_the_grace_period() {
    let day = 24 * 60 * 60;
    let renamed = PersonPatch { address: Some(aor("lind@contoso.example")), ..PersonPatch::default() };
    let after = renamed.apply(&person(), &tenant(), at(0).into()).expect("valid");
    assert_eq!(after.former, [FormerAddress { address: person().address, until: at(30 * day) }]);
    assert!(after.answers_to(&person().address, at(30 * day - 1).into()) && !after.owns(&person().address));
    assert!(!after.answers_to(&person().address, at(30 * day).into()));
    // Whoever gets it back has it as their own; what is over is forgotten with the next change.
    let back = PersonPatch { address: Some(person().address), ..PersonPatch::default() };
    let again = back.clone().apply(&after, &tenant(), at(day).into()).expect("valid");
    assert_eq!(again.former, [FormerAddress { address: after.address.clone(), until: at(31 * day) }]);
    let late = PersonPatch::default().apply(&again, &tenant(), at(40 * day).into()).expect("valid");
    assert_eq!(late.former, []);
    let policy = Policy { address_grace_days: 0, ..Policy::default() };
    let strict = back.apply(&after, &Tenant { policy, ..tenant() }, at(day).into()).expect("valid");
    assert!(!strict.answers_to(&after.address, at(day).into()));
    assert_eq!(after.releasing(&person().address).map(|free| free.former), Some(vec![]));
    assert_eq!(after.releasing(&aor("nobody@contoso.example")), None);
}

#[test]
fn a_clock_that_somebody_set_neither_ends_a_grace_period_nor_shortens_the_next() {
    let day = 24 * 60 * 60;
    let renamed = PersonPatch { address: Some(aor("lind@contoso.example")), ..PersonPatch::default() };
    let after = renamed.clone().apply(&person(), &tenant(), at(0).into()).expect("valid");
    for wall in [at(9000 * day), at(-9000 * day)] {
        let now = Moment { wall, steady: at(day) };
        assert!(after.answers_to(&person().address, now), "{wall:?}");
        let again = PersonPatch::default().apply(&after, &tenant(), now).expect("valid");
        assert_eq!(again.former, after.former, "{wall:?}");
        let late = renamed.clone().apply(&person(), &tenant(), now).expect("valid");
        assert!(late.former.iter().all(|former| former.until >= at(31 * day)), "{wall:?}");
    }
}

#[test]
fn moving_to_another_domain_takes_every_address_along() {
    let (from, to) = (domain("contoso.example"), domain("fabrikam.example"));
    let mut ana = person();
    ana.aliases = vec![aor("ana.lind@fabrikam.example"), aor("ana@contoso.example")];
    let patch = ana.moving(&from, &to).expect("an address in it");
    assert_eq!(patch.address, Some(aor("ana.lind@fabrikam.example")));
    assert_eq!(patch.aliases, Some(vec![aor("ana@fabrikam.example")]));
    assert_eq!(ana.moving(&domain("northwind.example"), &to), None);
}

#[test]
fn a_name_may_be_of_any_script_and_never_turns_the_text_around_it_over() {
    let check = |name: &str, valid: bool| {
        let mut person = new_person();
        person.card.display_name = name.into();
        assert_eq!(person.validate(&tenant()).is_ok(), valid, "{name:?}");
    };
    check("O'Neil \"Ann\" \\ <& Söhne>", true);
    check("\u{5e9}\u{5dc}\u{5d5}\u{5dd} 東京 👩\u{200d}🚀 e\u{301}", true);
    check("\u{2067}\u{5e9}\u{5dc}\u{2069} Ltd", true);
    check("\u{2067}open", false);
    check("closed\u{2069}", false);
    for refused in ['\u{202a}', '\u{202c}', '\u{202e}', '\u{2028}', '\u{7f}', '\u{0}', '\n'] {
        check(&format!("Ana{refused}dniL"), false);
    }
}
