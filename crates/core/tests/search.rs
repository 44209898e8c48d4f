//! Finding people by any part of what the directory has of them.

mod support;

use std::collections::BTreeSet;

use proptest::prelude::*;
use rapport_core::directory::search::{Query, SearchIndex, fold};
use rapport_core::directory::*;
use rapport_model::UserId;
use support::*;

fn somebody(user: u32, name: &str, address: &str) -> Person {
    let mut person = person();
    person.id = UserId { user, ..person.id };
    person.address = aor(address);
    person.aliases.clear();
    person.card = Card { display_name: name.to_owned(), ..Card::default() };
    person
}

fn company() -> Vec<Person> {
    let mut people = vec![
        somebody(1, "Jürgen Müller", "juergen@contoso.example"),
        somebody(2, "Muriel Jansen", "mj@contoso.example"),
        somebody(3, "山田 太郎", "yamada@contoso.example"),
        somebody(4, "สมชาย ใจดี", "somchai@contoso.example"),
        somebody(5, "O’Neill, Siân", "sian@contoso.example"),
        somebody(6, "Abdul Muhammad", "am@contoso.example"),
    ];
    people[1].card.title = "Leiterin Einkauf".to_owned();
    people[1].card.department = "Procurement / Zürich".to_owned();
    people[5].card.phones = vec![Phone { kind: PhoneKind::Work, number: "+49 (30) 1234-567".to_owned() }];
    people[5].card.mail = "a.muhammad@mail.example".to_owned();
    people
}

fn find(index: &SearchIndex, typed: &str, favoured: &[u32]) -> Vec<u32> {
    let favoured: BTreeSet<u32> = favoured.iter().copied().collect();
    Query::read(typed).map(|query| index.find(&query, &favoured, 20).users).unwrap_or_default()
}

#[test]
fn people_are_found_by_any_part_of_any_field_in_any_script() {
    let index = SearchIndex::build(&company());
    for (typed, want) in [
        ("muller", &[1][..]),
        ("MÜLL", &[1]),
        ("jurgen m", &[1]),
        ("mu", &[2, 6, 1]),
        ("太郎", &[3]),
        ("山田太", &[]),
        ("ใจ", &[4]),
        ("oneill", &[]),
        ("neill", &[5]),
        ("sian", &[5]),
        ("einkauf", &[2]),
        ("zurich procure", &[2]),
        ("a.muhammad@mail", &[6]),
        ("030 1234567", &[6]),
        ("+49 30 1234", &[6]),
        ("1234-567", &[6]),
        ("nobody", &[]),
        ("müller einkauf", &[]),
        ("   ", &[]),
    ] {
        let mut found = find(&index, typed, &[]);
        let mut want = want.to_vec();
        if typed != "mu" {
            found.sort_unstable();
            want.sort_unstable();
        }
        assert_eq!(found, want, "{typed:?}");
    }
}

#[test]
fn contacts_come_first_and_then_those_whose_names_begin_so() {
    let index = SearchIndex::build(&company());
    assert_eq!(find(&index, "mu", &[]), [2, 6, 1], "the name begins, a word of it begins");
    assert_eq!(find(&index, "mu", &[1]), [1, 2, 6]);
    assert_eq!(find(&index, "contoso", &[4]).first(), Some(&4));
}

#[test]
fn whoever_changes_is_found_as_they_are_and_whoever_is_gone_is_not() {
    let mut index = SearchIndex::build(&company());
    index.put(&somebody(1, "Jürgen Schmidt", "juergen@contoso.example"));
    assert_eq!(find(&index, "müller", &[]), [0; 0]);
    assert_eq!(find(&index, "schmidt", &[]), [1]);
    index.remove(2);
    assert_eq!(find(&index, "muriel", &[2]), [0; 0]);
    index.put(&somebody(7, "Muriel Nova", "mn@contoso.example"));
    assert_eq!(find(&index, "muriel", &[]), [7]);
    assert_eq!(index.len(), 6);
    index.remove(7);
    assert_eq!((find(&index, "muriel", &[]).len(), index.len()), (0, 5));
}

#[test]
fn the_first_of_many_whose_names_begin_so_are_found_however_many_have_it_elsewhere() {
    let family = (0..3_000).map(|n| somebody(n, &format!("Aa{n:04} Kim"), &format!("k{n}@contoso.example")));
    let given = (3_000..6_000).map(|n| somebody(n, &format!("Kim {n}"), &format!("k{n}@contoso.example")));
    let index = SearchIndex::build(&family.chain(given.rev()).collect::<Vec<_>>());
    let query = Query::read("kim").expect("something");
    let found = index.find(&query, &BTreeSet::from([17, 5_000]), 5);
    assert_eq!(
        (found.users, found.more),
        (vec![5_000, 17, 3_000, 3_001, 3_002], true),
        "contacts, then in order"
    );
    assert_eq!(find(&index, "kim 59", &[]).first(), Some(&5_900));
}

#[test]
fn an_answer_has_at_most_so_many_and_tells_that_there_are_more() {
    let people: Vec<_> = (0..30).map(|n| somebody(n, "Kim Lee", &format!("k{n}@contoso.example"))).collect();
    let index = SearchIndex::build(&people);
    let query = Query::read("kim").expect("something");
    let found = index.find(&query, &BTreeSet::new(), 10);
    assert_eq!((found.users.len(), found.more), (10, true));
    let found = index.find(&query, &BTreeSet::new(), 30);
    assert_eq!((found.users.len(), found.more), (30, false));
}

#[test]
fn nobody_of_a_large_company_is_left_out_whatever_part_is_typed() {
    const GIVEN: [&str; 5] = ["Ana", "Jürgen", "太郎", "สมชาย", "Siân"];
    let person = |number: u32| {
        // In letters: digits are taken for a telephone number.
        let digits = (number * 7919 % 100_003).to_string();
        let family = digits.bytes().map(|digit| char::from(digit + 0x31));
        let name = format!("{} {}", GIVEN[number as usize % GIVEN.len()], family.collect::<String>());
        somebody(number, &name, &format!("u{number}@contoso.example"))
    };
    // Sifted in blocks of hundreds, the last of which is not full.
    let people: Vec<Person> = (1..=5_000).map(person).collect();
    let index = SearchIndex::build(&people);
    for who in people.iter().step_by(499) {
        let name = fold(&who.card.display_name);
        let number = name.split(' ').nth(1).expect("a number");
        for typed in [number, &number[1..], &name, &format!("{} {number}", who.address), who.address.as_str()]
        {
            let query = Query::read(typed).expect("a query");
            let found = index.find(&query, &BTreeSet::new(), 5_000);
            let found: BTreeSet<u32> = found.users.into_iter().collect();
            assert_eq!(found, naive(&people, typed), "{typed}");
            assert!(found.contains(&who.id.user), "{typed}");
        }
    }
}

#[test]
fn a_query_without_end_is_bounded() {
    let index = SearchIndex::build(&company());
    assert_eq!(find(&index, &"x ".repeat(100_000), &[]).len(), 6, "each word is in every address");
    assert_eq!(find(&index, &"m".repeat(100_000), &[]), [0; 0]);
}

fn naive(people: &[Person], typed: &str) -> BTreeSet<u32> {
    let terms: Vec<_> = fold(typed).split_whitespace().map(str::to_owned).collect();
    let has = |person: &&Person| {
        let card = &person.card;
        let name = fold(&card.display_name);
        let address = person.address.as_str().to_owned();
        let title = fold(&card.title);
        !terms.is_empty()
            && terms.iter().all(|t| name.contains(t) || address.contains(t) || title.contains(t))
    };
    people.iter().filter(has).map(|person| person.id.user).collect()
}

proptest! {
    #[test]
    fn the_index_finds_whom_a_look_at_everybody_finds(
        names in proptest::collection::vec("[a-cÄß山]{1,3} [a-c]{1,3}", 1..40),
        changes in proptest::collection::vec((0..40_u32, "[a-c]{1,2} [x-z]{1,2}", any::<bool>()), 0..20),
        typed in proptest::collection::vec("[a-cx-zäs山 ]{1,4}", 1..8),
    ) {
        let mut people: Vec<_> =
            names.iter().enumerate().map(|(n, name)| somebody(u32::try_from(n).unwrap(), name, &format!("u{n}@d.example"))).collect();
        let mut index = SearchIndex::build(&people);
        for (user, name, goes) in changes {
            people.retain(|person| person.id.user != user);
            if goes {
                index.remove(user);
            } else {
                let changed = somebody(user, &name, &format!("u{user}@d.example"));
                index.put(&changed);
                people.push(changed);
            }
        }
        prop_assert_eq!(index.len(), people.len());
        for typed in typed {
            let found: BTreeSet<u32> = Query::read(&typed)
                .map(|query| index.find(&query, &BTreeSet::new(), 100).users.into_iter().collect())
                .unwrap_or_default();
            prop_assert_eq!(found, naive(&people, &typed), "{}", typed);
        }
    }
}
