use super::*;

fn violations(path: &str, text: &str) -> Vec<String> {
    read(path.to_owned(), text).unwrap().violations
}

#[test]
fn unsafe_is_seen_outside_its_rooms_also_in_macros() {
    let text = "fn f() { unsafe { g() } }\nmacro_rules! m { () => { unsafe fn h() {} } }\n";
    let found = violations("firmware/core/sip/src/ua.rs", text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("firmware/core/sip/src/ua.rs:1: unsafe"),
        "{found:?}"
    );
    let words = "// unsafe in a comment\n#![forbid(unsafe_code)]\nconst S: &str = \"unsafe\";\n";
    assert_eq!(violations("firmware/core/sip/src/ua.rs", words), [""; 0]);
}

#[test]
fn unsafe_in_its_room_needs_its_reason() {
    let path = "firmware/pbxd/src/sys.rs";
    assert_eq!(
        violations(
            path,
            "fn f() {\n    // SAFETY: no pointers.\n    unsafe { g() }\n}\n"
        ),
        [""; 0]
    );
    assert_eq!(
        violations(
            path,
            "fn f() {\n    // SAFETY: no\n    // pointers.\n    let x =\n        unsafe { g() };\n}\n"
        ),
        [""; 0]
    );
    let found = violations(
        path,
        "// SAFETY: too far away\nfn f() {\n    unsafe { g() }\n}\n",
    );
    assert_eq!(
        found,
        ["firmware/pbxd/src/sys.rs:3: unsafe without a SAFETY comment above it"]
    );
}

#[test]
fn core_reads_no_clock() {
    let text = "fn f() { let t = std::time::Instant::now(); g(SystemTime::now); }\n";
    assert_eq!(
        violations("firmware/core/call/src/switch.rs", text).len(),
        2
    );
    assert_eq!(violations("firmware/pbxd/src/clock.rs", text), [""; 0]);
    assert_eq!(
        violations(
            "firmware/core/call/src/switch.rs",
            "fn f(now: Instant) { now(); x.now() }\n"
        ),
        [""; 0]
    );
}

#[test]
fn tests_do_not_sleep() {
    let text = "#[cfg(test)]\nmod tests {\n    fn f() { tokio::time::sleep(D).await; }\n}\n";
    let text = text.replace("fn f", "async fn f");
    assert!(violations("firmware/pbxd/src/a.rs", &text)[0].contains(":3: sleeps in a test"));
    assert_eq!(
        violations("hw-tests/src/a.rs", "fn f() { sleep(D); }\n").len(),
        1
    );
    assert_eq!(
        violations("firmware/pbxd/src/a.rs", "fn f() { sleep(D); }\n"),
        [""; 0]
    );
}

#[test]
fn comments_blank_lines_and_tests_are_not_code() {
    let text =
        "//! Doc.\n\n/* a\nb */\nfn f() {}\n// c\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\n";
    let source = read("firmware/core/call/src/a.rs".to_owned(), text).unwrap();
    assert_eq!(source.code_lines, 1);
    assert_eq!(source.functions.len(), 1);
}

#[test]
fn long_functions_and_files_cross_the_line() {
    let body = |lines: usize| format!("fn long() {{\n{}}}\n", "    g();\n".repeat(lines));
    assert_eq!(
        violations("firmware/core/call/src/a.rs", &body(118)),
        [""; 0]
    );
    let found = violations("firmware/core/call/src/a.rs", &body(119));
    assert_eq!(
        found,
        ["firmware/core/call/src/a.rs:1: fn long has 121 lines; the most is 120"]
    );
    let file = "const X: u8 = 0;\n".repeat(FILE_MAX + 1);
    assert!(violations("firmware/core/call/src/a.rs", &file)[0].contains("801 code lines"));
}

#[test]
fn names_say_what_is_inside() {
    assert_eq!(violations("firmware/core/call/src/utils.rs", "").len(), 1);
    assert_eq!(
        violations("firmware/core/call/src/helper/mod.rs", "").len(),
        1
    );
    assert_eq!(violations("firmware/core/call/src/switch.rs", ""), [""; 0]);
}

#[test]
fn a_file_that_does_not_parse_is_named() {
    assert!(
        read("firmware/a.rs".to_owned(), "fn (")
            .err()
            .unwrap()
            .starts_with("firmware/a.rs:1")
    );
}
