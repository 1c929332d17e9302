//! What the README shows is what the program prints, and the tests that it names exist.
//!
//! A block ```` ```console ```` holds commands after `$ ` and what they print: standard output, then standard error. A line
//! `…` stands for lines that were left out. `UPDATE_GOLDEN=1 cargo test --test readme` writes the blocks anew, with as many
//! lines before and after each `…` as there were. Lines with times are shown as they were once and compared with nothing.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use program::Folder;
use std::fs;
use std::path::Path;

const LEFT_OUT: &str = "…";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The arguments of a command of the README; quotes hold words together.
fn arguments(command: &str) -> Vec<String> {
    let rest = command.strip_prefix("cargo run --release -- ").or_else(|| command.strip_prefix("cognate "));
    let rest = rest.unwrap_or_else(|| panic!("the README shows a command that is not cognate's: {command}"));
    let mut words = vec![String::new()];
    for (number, part) in rest.split('\'').enumerate() {
        if number % 2 == 1 {
            words.last_mut().unwrap().push_str(part);
            continue;
        }
        for (position, word) in part.split(' ').enumerate() {
            if position > 0 {
                words.push(String::new());
            }
            words.last_mut().unwrap().push_str(word);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_timed(line: &str) -> bool {
    line.contains(" CPU-s")
}

/// The shown lines brought up to date: whole, or as many before and after what is left out as there were.
fn renewed(shown: &[&str], printed: &[&str]) -> Vec<String> {
    let lines: Vec<&str> = match shown.iter().position(|line| *line == LEFT_OUT) {
        None => printed.to_vec(),
        Some(at) => {
            let (before, after) = (at, shown.len() - at - 1);
            assert!(before + after < printed.len(), "nothing is left out of:\n{}", printed.join("\n"));
            [&printed[..before], &[LEFT_OUT], &printed[printed.len() - after..]].concat()
        }
    };
    let line = |(position, line): (usize, &str)| {
        let old = shown.get(position).filter(|old| is_timed(line) && is_timed(old));
        old.map_or(line, |old| *old).to_owned()
    };
    lines.into_iter().enumerate().map(line).collect()
}

/// The README with every block of commands run again.
fn rerun(readme: &str) -> String {
    let folder = Folder::new();
    fs::create_dir_all(folder.path("data/examples")).unwrap();
    for name in ["left.csv", "right.csv", "truth.csv", "profiles.csv", "names.jsonl"] {
        let name = format!("data/examples/{name}");
        fs::copy(root().join(&name), folder.path(&name)).unwrap();
    }
    let mut out: Vec<String> = Vec::new();
    let mut lines = readme.lines().peekable();
    let mut in_block = false;
    while let Some(line) = lines.next() {
        out.push(line.to_owned());
        in_block = if in_block { line != "```" } else { line == "```console" };
        let Some(command) = line.strip_prefix("$ ").filter(|_| in_block) else { continue };
        let mut shown: Vec<&str> = Vec::new();
        while let Some(next) = lines.next_if(|next| !next.starts_with("$ ") && *next != "```") {
            shown.push(next);
        }
        let words = arguments(command);
        let ran = folder.run_args(&words.iter().map(String::as_str).collect::<Vec<_>>(), "").found();
        let printed: Vec<&str> = ran.out.lines().chain(ran.err.lines()).collect();
        // An empty line before the next command is the README's own.
        let gap = shown.last() == Some(&"") && printed.last() != Some(&"");
        if gap {
            shown.pop();
        }
        out.extend(renewed(&shown, &printed));
        out.extend(gap.then(String::new));
    }
    out.join("\n") + "\n"
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let real = rerun(&readme);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, real).unwrap();
        return;
    }
    let other = readme.lines().zip(real.lines()).find(|(shown, printed)| shown != printed);
    if let Some((shown, printed)) = other {
        panic!(
            "README.md shows\n  {shown}\nbut the program prints\n  {printed}\nrun UPDATE_GOLDEN=1 cargo test --test readme"
        );
    }
    assert_eq!(readme, real);
}

#[test]
fn the_tests_that_the_readme_names_exist() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut named = 0;
    for quoted in readme.split('`').skip(1).step_by(2) {
        let Some((file, function)) = quoted.split_once("::").filter(|_| !quoted.contains(['\n', ' '])) else {
            continue;
        };
        let path = root().join("tests").join(format!("{file}.rs"));
        let code = fs::read_to_string(&path).unwrap_or_else(|_| panic!("the README names {quoted}"));
        assert!(code.contains(&format!("fn {function}(")), "the README names {quoted}");
        named += 1;
    }
    assert!(named > 10, "only {named} tests are named");
}
