//! `cognate bench mbat`, as a user runs it, in few dimensions.

#![allow(clippy::unwrap_used, clippy::panic)]

mod program;

use program::Folder;
use serde_json::Value;

const SMALL: &str = "bench mbat --dims 256 --capacity-dims 128,256 --asked 128";

#[test]
fn all_properties_hold_and_the_plot_is_an_image() {
    let folder = Folder::new();
    let mut command = folder.command();
    command.env_remove("COGNATE_DATA").args(SMALL.split(' ')).args(["--json", "--plot", "curves.svg"]);
    let output = command.output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let properties = report["properties"].as_array().unwrap();
    let failing: Vec<&Value> = properties.iter().filter(|property| property["holds"] != true).collect();
    assert!(failing.is_empty(), "{failing:#?}");
    assert!(properties.len() > 30 && output.status.success());
    assert_eq!(report["levels"].as_array().unwrap().len(), 65);
    assert_eq!(report["capacity"].as_array().unwrap().len(), 12);
    assert_eq!(report["speed"]["bytes_a_binding"], 2048);
    assert_eq!(report["speed"]["sample"], "made-up products");
    assert!(report["speed"]["records_a_second"].as_f64().unwrap() > 0.0);
    let image = folder.read("curves.svg");
    assert_is_well_formed(&image);
    for text in ["256 dimensions", "ours: signed permutations", "dense Haar", "theory"] {
        assert!(image.contains(text), "{text}");
    }
}

#[test]
fn dimensions_that_no_space_has_are_refused_at_once() {
    let folder = Folder::new();
    for arguments in ["bench mbat --dims 100", "bench mbat --capacity-dims 256,7", "bench mbat --asked 0"] {
        let ran = folder.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    }
    assert_eq!(folder.run("bench mbat --dims 100 --plot missing/curves.svg").code, 7);
}

/// Every element is closed by its own name, and nothing stands outside the image.
fn assert_is_well_formed(image: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut elements = 0;
    for piece in image.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        assert!(!text.contains('&') || text.contains(';'), "{text}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') && !tag.starts_with(['?', '!']) {
            open.push(tag.split_whitespace().next().unwrap());
        }
        elements += 1;
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
    }
    assert!(open.is_empty() && elements > 50 && image.starts_with("<svg"), "{open:?}");
}
