//! Finding people among a hundred thousand, in this process: no server, no store.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rapport_core::directory::search::{Query, SearchIndex, Texts};
use rapport_core::directory::{Card, Person, Phone, PhoneKind};
use rapport_model::{Aor, TenantId, UserId};
use tokio::time::Instant;

use crate::figure::{Figure, Goal};

const PEOPLE: u32 = 100_000;
/// Looks for the same; the best was not interrupted.
const ROUNDS: u32 = 7;

const GIVEN: [&str; 12] = [
    "Ana",
    "Jürgen",
    "Chloé",
    "Muhammad",
    "Siân",
    "Søren",
    "太郎",
    "สมชาย",
    "Алексей",
    "Łukasz",
    "Maria",
    "Kim",
];
const FAMILY: [&str; 12] = [
    "Lind",
    "Müller",
    "Okafor",
    "山田",
    "ใจดี",
    "Иванов",
    "O’Neill",
    "García",
    "Nguyễn",
    "Schmidt",
    "Berg",
    "Wang",
];
const WORK: [&str; 6] = ["Buyer", "Engineer", "Leiterin Einkauf", "Accountant", "營業", "Head of sales"];

/// What people type: each is looked for letter by letter, as they type it.
const TYPED: [&str; 12] = [
    "muller",
    "ana lind",
    "kim 4711",
    "山田太郎",
    "ใจดี",
    "+49 30 99999",
    "zzzz",
    "example nobody",
    "a einkauf",
    "e",
    "user99999@contoso.example",
    "иванов алексей",
];

/// Numbers of people whose names are typed letter by letter, beside [`TYPED`].
const NAMED: [u32; 16] = [
    3, 97, 811, 1_204, 5_555, 9_001, 14_142, 27_182, 31_415, 40_404, 57_721, 61_803, 70_007, 83_210, 91_919,
    99_990,
];

pub(crate) fn measure() -> Result<Vec<Figure>> {
    let begun = Instant::now();
    let mut texts = Texts::default();
    for number in 0..PEOPLE {
        texts.add(&person(number)?);
    }
    let index = SearchIndex::of(texts);
    let made = begun.elapsed();
    let contacts: BTreeSet<u32> = (0..250).map(|n| n * 397).collect();
    let mut slowest = Duration::ZERO;
    let mut total = Duration::ZERO;
    let mut looks = 0;
    for typed in typed(PEOPLE)? {
        let Some(query) = Query::read(&typed) else { continue };
        let best = (0..ROUNDS)
            .map(|_| {
                let begun = Instant::now();
                black_box(index.find(&query, &contacts, 20));
                begun.elapsed()
            })
            .min()
            .unwrap_or_default();
        slowest = slowest.max(best);
        total += best;
        looks += 1;
    }
    Ok(vec![Figure {
        name: "search",
        operation: format!(
            "finding 20 among {PEOPLE} people with 250 contacts, the slowest of {looks} things typed"
        ),
        value: slowest.as_secs_f64() * 1e3,
        unit: "ms",
        goal: Some(Goal::AtMost(5.0)),
        more: vec![
            ("on average", total.as_secs_f64() * 1e3 / f64::from(looks)),
            ("index made in s", made.as_secs_f64()),
        ],
    }])
}

/// Everything that stands in the field while names are typed into it, each once.
pub(crate) fn typed(people: u32) -> Result<BTreeSet<String>> {
    let mut names: Vec<String> = TYPED.iter().map(|typed| (*typed).to_owned()).collect();
    for number in NAMED {
        names.push(person(number % people)?.card.display_name.to_lowercase());
    }
    let begun = |name: &str| -> Vec<String> {
        let ends = name.char_indices().map(|(at, c)| at + c.len_utf8());
        ends.filter_map(|end| name.get(..end)).map(|typed| typed.trim().to_owned()).collect()
    };
    Ok(names.iter().flat_map(|name| begun(name)).collect())
}

/// Somebody of that number, of whose names and work there are a few of each script.
pub(crate) fn person(number: u32) -> Result<Person> {
    let pick = |from: &'static [&'static str], by: u32| {
        from.get((number / by) as usize % from.len()).copied().unwrap_or_default()
    };
    let (given, family) = (pick(&GIVEN, 1), pick(&FAMILY, 12));
    let card = Card {
        display_name: format!("{given} {family} {number}"),
        given_name: given.to_owned(),
        surname: family.to_owned(),
        title: pick(&WORK, 5).to_owned(),
        department: format!("Department {}", number % 300),
        company: "Contoso".to_owned(),
        office: format!("Building {}, {}", number % 20, number % 700),
        mail: format!("user{number}@mail.contoso.example"),
        phones: vec![Phone { kind: PhoneKind::Work, number: format!("+49 (30) {number:07}") }],
        ..Card::default()
    };
    let address = Aor::parse(&format!("user{number}@contoso.example")).ok().context("an address")?;
    Ok(Person {
        id: UserId { tenant: TenantId(1), user: number },
        address,
        aliases: Vec::new(),
        former: Vec::new(),
        sign_in_name: format!("user{number}"),
        enabled: true,
        licensed: true,
        card,
    })
}
