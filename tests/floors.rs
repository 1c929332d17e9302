//! The floors of the house: a module imports only what stands before it in this list. Every `crate::` path in the sources
//! is read, and one that runs against the list fails the test.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

const FLOORS: [&str; 16] = [
    "error", "config", "record", "text", "mbat", "alias", "compare", "model", "block", "resolve", "store", "index",
    "pipeline", "report", "cli", "main",
];

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| *floor == name)
}

/// All Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The code without comments, on one line per file line.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// The names that stand behind each occurrence of `prefix`: one, or those of a list in braces.
fn names_behind(code: &str, prefix: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        let Some(list) = rest.strip_prefix('{') else {
            names.push(word(rest));
            continue;
        };
        let mut depth = 1;
        let mut item = String::new();
        for c in list.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => names.push(word(std::mem::take(&mut item).trim())),
                c if depth == 1 => item.push(c),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        names.push(word(item.trim()));
    }
    names
}

/// The floors that a file names: through `crate::`, through `cognate::` in the program, and through as many `super::` as
/// lead to the crate's root.
fn floors_named(relative: &Path, text: &str) -> Vec<String> {
    let code = code(text);
    let depth = relative.components().count() - usize::from(relative.ends_with("mod.rs"));
    let mut names = names_behind(&code, "crate::");
    names.extend(names_behind(&code, "cognate::"));
    names.extend(names_behind(&code, &"super::".repeat(depth)));
    names.retain(|name| floor(name).is_some());
    names
}

#[test]
fn no_arrow_runs_against_the_floors() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for file in sources(&root) {
        let relative = file.strip_prefix(&root).unwrap();
        let own =
            relative.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if own == "lib" {
            continue;
        }
        let place = floor(&own).unwrap_or_else(|| panic!("src/{own} is on no floor; name it in tests/floors.rs"));
        for name in floors_named(relative, &fs::read_to_string(&file).unwrap()) {
            arrows += 1;
            if floor(&name) > Some(place) {
                wrong.push(format!("src/{} uses {name}", relative.display()));
            }
        }
    }
    assert!(arrows > 50, "only {arrows} paths found; is this test still reading the sources?");
    assert!(wrong.is_empty(), "these run against the floors {FLOORS:?}:\n{}", wrong.join("\n"));
}

#[test]
fn all_ways_of_naming_a_floor_are_read() {
    let text = "use crate::{error::{Error, Result}, text};\n// use crate::cli;\nlet a = crate::model::X;\nuse super::super::store;\nuse super::pipeline;";
    assert_eq!(floors_named(Path::new("resolve/join.rs"), text), ["error", "text", "model", "store"]);
    assert_eq!(floors_named(Path::new("resolve/mod.rs"), text), ["error", "text", "model", "pipeline"]);
}
