//! The real program in a folder of its own, and golden files.

// Each test binary uses its own part of this.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder in which the program runs.
pub struct Folder(TempDir);

/// What the program did.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Folder {
    pub fn new() -> Folder {
        Folder(TempDir::new().unwrap())
    }

    /// A folder with the two small tables of most tests.
    pub fn with_tables() -> Folder {
        let folder = Folder::new();
        folder.write(
            "left.csv",
            "id,name,city\n1,Acme Ltd,Berlin\n2,Procter & Gamble Co.,Cincinnati\n3,Zeta Bank,Rome\n",
        );
        folder.write(
            "right.csv",
            "id,name,country\na,ACME Limited,DE\nb,Procter and Gamble Company,US\nc,Zeta Banc,IT\nd,Omicron Shipping,GR\n",
        );
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Runs the program with arguments separated by spaces; see [`Folder::run_args`].
    pub fn run(&self, arguments: &str) -> Ran {
        self.run_args(&arguments.split_whitespace().collect::<Vec<_>>(), "")
    }

    /// Runs the program here, as every machine would: no colours, no terminal, no locale.
    pub fn run_args(&self, arguments: &[&str], input: &str) -> Ran {
        let output = self.command().args(arguments).write_stdin(input).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cognate"));
        command.current_dir(self.0.path()).env_remove("COLUMNS").env("LC_ALL", "C.UTF-8");
        command
    }
}

impl Ran {
    /// The run succeeded and found something.
    #[track_caller]
    pub fn found(self) -> Ran {
        self.with_code(0)
    }

    #[track_caller]
    pub fn with_code(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    /// The run failed with this exit code and one line that says it all.
    #[track_caller]
    pub fn failed(self, code: i32, parts: &[&str]) -> Ran {
        let ran = self.with_code(code);
        assert!(ran.err.starts_with("cognate: ") && ran.err.lines().count() == 1, "{}", ran.err);
        for part in parts {
            assert!(ran.err.contains(part), "no {part:?} in: {}", ran.err);
        }
        ran
    }

    pub fn lines(&self) -> Vec<&str> {
        self.out.lines().collect()
    }

    /// The pairs of ids in a CSV of links.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let ids = |line: &str| {
            let mut cells = line.split(',').map(str::to_owned);
            (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
        };
        self.out.lines().skip(1).map(ids).collect()
    }
}

/// Compares a text with `tests/golden/NAME`; `UPDATE_GOLDEN=1 cargo test` writes the files anew.
#[track_caller]
pub fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
        return;
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    assert!(wanted == text, "{} differs; if that is right, run UPDATE_GOLDEN=1 cargo test\n{text}", path.display());
}

/// Names that look like those of companies, `count` of them, and the same again with typos; the same on every machine.
pub fn names_and_typos(count: usize) -> Vec<(String, String)> {
    const FIRST: [&str; 24] = [
        "Alder", "Basalt", "Cobalt", "Delphi", "Ember", "Fjord", "Garnet", "Harbor", "Indigo", "Juniper", "Krypton",
        "Lumen", "Meridian", "Nimbus", "Obsidian", "Pinnacle", "Quartz", "Raven", "Saffron", "Tundra", "Umbra",
        "Vertex", "Willow", "Zephyr",
    ];
    const SECOND: [&str; 16] = [
        "Foods",
        "Steel",
        "Software",
        "Pharma",
        "Logistics",
        "Energy",
        "Textiles",
        "Optics",
        "Mining",
        "Aviation",
        "Insurance",
        "Robotics",
        "Paper",
        "Chemicals",
        "Telecom",
        "Marine",
    ];
    const FORM: [&str; 4] = ["Inc", "Ltd", "GmbH", "SA"];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % bound as u64).unwrap()
    };
    let mut names = Vec::with_capacity(count);
    for number in 0..count {
        let (first, second) = (FIRST[number % 24], SECOND[number / 24 % 16]);
        let third = if number < 384 { String::new() } else { format!(" {}", number / 384) };
        let name = format!("{first} {second}{third} {}", FORM[below(4)]);
        let mut letters: Vec<char> = name.chars().collect();
        let at = 1 + below(letters.len() - 2);
        match below(3) {
            0 => drop(letters.remove(at)),
            1 => letters.insert(at, 'e'),
            _ => letters.swap(at, at - 1),
        }
        names.push((name, letters.into_iter().collect()));
    }
    names
}
