//! `cognate explain`, `eval`, `completions` and the help, as a user runs them.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use program::{Folder, golden};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn terms_add_up(explanation: &Value) -> i64 {
    let terms = explanation["terms"].as_array().unwrap();
    let sum: i64 = terms.iter().map(|term| term["micro_bits"].as_i64().unwrap()).sum();
    assert_eq!(sum, explanation["micro_bits"].as_i64().unwrap());
    sum
}

#[test]
fn two_names_are_explained() {
    let folder = Folder::new();
    let arguments = ["explain", "Procter & Gamble Co.", "Procter and Gamble Company"];
    let ran = folder.run_args(&arguments, "").found();
    golden("explain.txt", &ran.out);
    let ascii = folder.run_args(&[&arguments[..], &["--ascii"]].concat(), "").found();
    assert!(ascii.out.is_ascii(), "{}", ascii.out);
    golden("explain_ascii.txt", &ascii.out);
    let explanation = json(&folder.run_args(&[&arguments[..], &["--json"]].concat(), "").found().out);
    let sum = terms_add_up(&explanation);
    // The text shows the same terms, in bits with six decimals.
    let shown: Vec<i64> = ran.out.lines().skip(4).filter_map(micro_bits).collect();
    let (terms, last) = shown.split_at(shown.len() - 2);
    assert_eq!((terms.iter().sum::<i64>(), last[0]), (sum, sum));
}

/// The number with six decimals in a line of a waterfall.
fn micro_bits(line: &str) -> Option<i64> {
    let number =
        line.split_whitespace().find(|word| word.split_once('.').is_some_and(|(_, digits)| digits.len() == 6))?;
    number.replace('.', "").parse().ok()
}

#[test]
fn rows_of_files_are_explained_with_the_weight_that_link_gives_them() {
    let folder = Folder::with_tables();
    folder.write(
        "cities.jsonl",
        "{\"id\": 7, \"title\": \"Zeta Bank\", \"town\": \"Roma\"}\n{\"id\": 8, \"title\": \"Acme Bank\"}\n",
    );
    for (files, on) in [
        ("left.csv right.csv", "--on name"),
        ("left.csv cities.jsonl", "--on name=title --on city=town"),
        ("right.csv right.csv", "--on name --on country"),
    ] {
        let (left, right) = files.split_once(' ').unwrap();
        let links = folder.run(&format!("link {left} {right} {on} --min-weight=-2000 --format jsonl --quiet"));
        for line in links.lines() {
            let link = json(line);
            let (left_id, right_id) = (link["left_id"].as_str().unwrap(), link["right_id"].as_str().unwrap());
            let explain = format!("explain {left_id} {right_id} --left {left} --right {right} {on}");
            let explanation = json(&folder.run(&format!("{explain} --json")).found().out);
            assert_eq!(explanation["match_weight"], link["match_weight"], "{explain}");
            terms_add_up(&explanation);
            let text = folder.run(&explain).found().out;
            assert!(
                text.contains(&format!(
                    "  {}",
                    line.split("match_weight\":").nth(1).unwrap().split(',').next().unwrap()
                ))
            );
        }
    }
    let ran = folder.run("explain 1 3 --left left.csv").found();
    assert!(ran.out.contains("left   1  Acme Ltd\nright  3  Zeta Bank\n"), "{}", ran.out);
}

#[test]
fn a_wrong_explanation_is_told() {
    let folder = Folder::with_tables();
    folder.run("explain 1 x --left left.csv --right right.csv").failed(2, &["right.csv", "no row with the id \"x\""]);
    folder
        .run("explain 1 a --left left.csv --right right.csv --on nmae")
        .failed(2, &["left.csv", "nmae", "id, name, city"]);
    folder.run("explain Acme Zeta --on name").failed(2, &["--left"]);
    folder.run("explain Acme").failed(2, &["<B>"]);
    folder.run("explain 1 a --left nowhere.csv").failed(7, &["nowhere.csv"]);
}

#[test]
fn what_would_steer_the_terminal_is_not_printed() {
    let folder = Folder::new();
    let ran = folder.run_args(&["explain", "Ac\u{1b}[31mme", "A\rcme"], "").found();
    assert!(!ran.out.contains(['\u{1b}', '\r']), "{}", ran.out);
}

#[test]
fn links_are_measured() {
    let folder = Folder::new();
    let links = "left_id,right_id,probability\na,1,0.9\na,2,0.95\nb,2,0.8\nc,3,0.6\nd,9,0.1\n,4,\ne,,\n";
    folder.write("links.csv", links);
    folder.write("truth.csv", "left_id,right_id\na,1\nb,2\nc,3\ne,5\nd,4\n");
    let ran = folder.run("eval --predicted links.csv --truth truth.csv --curve curve.csv").found();
    golden("eval.txt", &ran.out);
    golden("curve.csv", &folder.read("curve.csv"));
    let evaluation = json(&folder.run("eval --predicted links.csv --truth truth.csv --json").found().out);
    assert_eq!((&evaluation["true_positives"], &evaluation["f1"]), (&3.into(), &0.6.into()));
    assert_eq!(evaluation["best_f1"]["threshold"], 0.6);

    folder.write("truth.jsonl", "{\"x\": \"a\", \"y\": 1}\n{\"x\": \"b\", \"y\": \"2\"}\nnonsense\n");
    let ran = folder.run("eval --predicted links.csv --truth truth.jsonl --truth-left-id x --truth-right-id y").found();
    assert!(ran.err.contains("truth.jsonl: 3 rows, 1 rejected"), "{}", ran.err);
    folder.run("eval --predicted links.csv --truth truth.jsonl").failed(2, &["no column \"left_id\"", "x, y"]);
    folder.run("eval --predicted links.csv --truth truth.csv --left-id l").failed(2, &["links.csv", "\"l\""]);
}

#[test]
fn what_link_writes_eval_reads() {
    let folder = Folder::with_tables();
    folder.write("truth.csv", "left_id,right_id\n1,a\n2,b\n3,c\n");
    for file in ["links.csv", "links.jsonl.gz", "links.parquet"] {
        folder.run(&format!("link left.csv right.csv --join full --assign one-to-one -o {file}")).found();
        let evaluation = json(&folder.run(&format!("eval --predicted {file} --truth truth.csv --json")).found().out);
        assert_eq!((&evaluation["f1"], &evaluation["score"]), (&1.0.into(), &"probability".into()), "{file}");
    }
}

#[test]
fn shells_are_completed() {
    let folder = Folder::new();
    for (shell, part) in [
        ("bash", "complete"),
        ("zsh", "#compdef"),
        ("fish", "complete"),
        ("powershell", "Register"),
        ("elvish", "edit:"),
    ] {
        let ran = folder.run(&format!("completions {shell}")).found();
        assert!(ran.out.contains(part) && ran.out.contains("dry-run"), "{shell}");
    }
    folder.run("completions tcsh").failed(2, &["tcsh", "possible values"]);
}

#[test]
fn help_teaches() {
    let folder = Folder::new();
    let ran = folder.run("--help").found();
    golden("help.txt", &ran.out);
    assert_eq!(folder.run("help").found().out, ran.out);
    for verb in [
        "link",
        "import",
        "lookup",
        "store",
        "alias",
        "explain",
        "eval",
        "train",
        "score",
        "model",
        "encode",
        "completions",
    ] {
        let ran = folder.run(&format!("{verb} --help")).found();
        golden(&format!("help_{verb}.txt"), &ran.out);
        assert!(ran.out.contains("Examples:\n  cognate "), "{verb} shows no example");
        assert!(ran.out.lines().all(|line| line.chars().count() <= 100), "{verb}: a line is too long");
    }
    assert!(folder.run("--version").found().out.starts_with("cognate "));
}

#[test]
fn errors_of_usage_are_one_line() {
    let folder = Folder::with_tables();
    assert!(folder.run("").with_code(2).err.contains("Usage: cognate <COMMAND>"));
    folder.run("lnik a b").failed(2, &["lnik", "link"]);
    folder.run("link left.csv").failed(2, &["<RIGHT>"]);
    folder.run("link left.csv right.csv --threshold 2").failed(2, &["--threshold", "from 0 to 1"]);
    folder.run("link left.csv right.csv --threshold 0.5 --min-weight 3").failed(2, &["--min-weight"]);
    folder.run("link left.csv right.csv --threads 0").failed(2, &["--threads"]);
    folder.run("link left.csv right.csv --join outer").failed(2, &["outer", "inner, left, right, full, semi, anti"]);
    folder.run("link left.csv right.csv --with nmae").failed(2, &["nmae", "left.csv (id, name, city)"]);
    folder.run("link left.csv right.csv --with left.country").failed(2, &["country", "id, name, city"]);
    folder.run("link left.xlsx right.csv").failed(2, &["left.xlsx", ".parquet"]);
    folder.run("link left.csv right.csv -o links.xlsx").failed(2, &["links.xlsx"]);
    folder.run("link left.csv right.csv -o links.parquet.gz").failed(2, &["links.parquet.gz"]);
}
