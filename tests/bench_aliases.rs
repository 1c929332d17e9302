//! `cognate bench aliases` on a small task whose figures are worked out by hand.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use program::Folder;
use serde_json::Value;

/// Four left rows. The first two have partners that only the evidence knows, the third one that only the spelling tells,
/// the last none.
fn task() -> Folder {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("made_up")).unwrap();
    std::fs::create_dir(folder.path("no task")).unwrap();
    folder.write(
        "made_up/left.csv",
        "id,name\nl1,Big Blue\nl2,Fannie Mae\nl3,Zettelkasten Brewery Ltd\nl4,Quokka Foundation\n",
    );
    folder.write(
        "made_up/right.csv",
        "id,name\nr1,International Business Machines\nr2,Federal National Mortgage Association\n\
         r3,Zettelkasten Brewery\nr4,Omicron Shipping\n",
    );
    folder.write("made_up/truth.csv", "left_id,right_id\nl1,r1\nl2,r2\nl3,r3\n");
    // The naive look-up believes the one wrong use of Fannie Mae.
    folder.write(
        "made_up/full.csv",
        "name,source,count\nInternational Business Machines,ibm,40\nBIG BLUE,ibm,40\n\
         Federal National Mortgage Association,fnma,40\nfannie-mae,fnma,40\nFannie Mae,omicron,1\n\
         Omicron Shipping,omicron,40\n",
    );
    folder
}

fn figures(folder: &Folder) -> Vec<Value> {
    let ran = folder.run("bench aliases . --json --errors errors.csv").found();
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    json["figures"].as_array().unwrap().clone()
}

#[track_caller]
fn assert_near(value: &Value, expected: f64) {
    let found = value.as_f64().unwrap();
    assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
}

#[test]
fn figures_are_those_worked_out_by_hand() {
    let folder = task();
    let all = figures(&folder);
    let methods: Vec<&str> = all.iter().map(|row| row["method"].as_str().unwrap()).collect();
    let with_table =
        ["match", "markov", "communities", "walk"].map(|r| [format!("aliases, {r}"), format!("both, {r}")]);
    let mut expected = vec!["token-set ratio", "3-gram TF-IDF", "strings", "lookup"];
    expected.extend(with_table.iter().flatten().map(String::as_str));
    assert_eq!(methods, expected);
    for row in &all {
        // Right answers, and answers, at a probability of one half; of three true pairs.
        let (right, answers) = match row["method"].as_str().unwrap() {
            "strings" => (1.0, 1.0),
            method if method.starts_with("aliases") => (2.0, 2.0),
            method if method.starts_with("both") => (3.0, 3.0),
            _ => continue,
        };
        let at = &row["at_half"];
        assert_near(&at["precision"], right / answers);
        assert_near(&at["recall"], right / 3.0);
        assert_near(&at["f1"], 2.0 * right / (answers + 3.0));
        // F2 = 5·TP / (5·TP + 4·FN + FP).
        assert_near(&at["f2"], 5.0 * right / (5.0 * right + 4.0 * (3.0 - right) + answers - right));
        assert_near(&row["accuracy_at_1"], right / 3.0);
    }
}

#[test]
fn the_naive_look_up_links_whatever_has_a_common_source() {
    let all = figures(&task());
    let naive = all.iter().find(|row| row["method"] == "lookup").unwrap();
    let words = all.iter().find(|row| row["method"] == "token-set ratio").unwrap();
    assert_eq!(words["at_half"], Value::Null);
    // Big Blue, and Fannie Mae twice: two of three are right, one true pair is missing. F2 = 10 / (10 + 4 + 1).
    assert_eq!(naive["candidates"].as_u64(), Some(3));
    assert_near(&naive["at_half"]["f1"], 2.0 / 3.0);
    assert_near(&naive["at_peak"]["precision"], 2.0 / 3.0);
    assert_near(&naive["at_peak"]["recall"], 2.0 / 3.0);
    assert_near(&naive["at_peak"]["f2"], 10.0 / 15.0);
    // Of the two equal answers to Fannie Mae the first right row counts.
    assert_near(&naive["accuracy_at_1"], 2.0 / 3.0);
}

#[test]
fn what_was_lost_is_written_down() {
    let folder = task();
    figures(&folder);
    let errors = folder.read("errors.csv");
    let of = |method: &str| errors.lines().filter(|line| line.contains(method)).collect::<Vec<_>>();
    assert_eq!(
        of("made_up,full,\"aliases, walk\""),
        ["made_up,full,\"aliases, walk\",lost,l3,Zettelkasten Brewery Ltd,r3,Zettelkasten Brewery,"]
    );
    assert_eq!((of("\"both, ").len(), of(",strings,lost").len(), of(",false,").len()), (0, 2, 1));
}

#[test]
fn a_table_is_printed_beside_the_figures_of_linkorgs() {
    let ran = task().run("bench aliases . --task made_up").found();
    let strings = ran.lines().into_iter().find(|line| line.starts_with("made_up") && line.contains("strings")).unwrap();
    let cells: Vec<&str> = strings.split_whitespace().collect();
    assert_eq!(cells[1..8], ["strings", "1.000", "0.333", "0.500", "0.385", "0.385", "0.333"]);
    assert!(ran.out.contains("0.650   251.38") && ran.out.contains("(best-left)"));
    task().run("bench aliases . --task other").failed(2, &["has no such task"]);
}

#[test]
fn what_does_not_fit_together_is_told_with_its_place() {
    let folder = task();
    folder.write("made_up/full.csv", "name,source,count\nBig Blue,ibm,many\n");
    folder.run("bench aliases .").with_code(2);
    folder.write("made_up/truth.csv", "left_id,right_id\nl9,r1\n");
    let ran = folder.run("bench aliases .").with_code(2);
    assert!(ran.err.contains("truth.csv") && ran.err.contains("\"l9\""), "{}", ran.err);
}
