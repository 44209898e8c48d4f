//! RTF as Communicator writes it in the languages of the world. The reader of the web client goes through the same
//! examples (`web/apps/client/src/parts/message/rtf.test.ts`).

use rapport_imtext::rtf::words;

#[test]
fn each_language_is_read_in_the_code_page_of_its_font() {
    let examples: serde_json::Value = serde_json::from_str(include_str!("vectors/rtf.json")).expect("JSON");
    let examples = examples.as_array().expect("examples");
    assert!(examples.len() > 30);
    for example in examples {
        let field = |name: &str| example[name].as_str().expect("a text");
        assert_eq!(words(field("rtf")), field("text"), "{}: {}", field("name"), field("rtf"));
    }
}
