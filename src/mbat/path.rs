//! Where a value stands in a JSON value: `specs.color`, `tags[0]`.

use crate::error::{Error, Result};
use std::fmt;

/// A step into a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item of an array, counted from 0.
    Item(u64),
}

/// The steps from a value to one inside it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Path(Vec<Step>);

impl Path {
    /// Reads a path: keys separated by dots, items in brackets. A backslash before a dot, a bracket or a backslash makes it
    /// a part of the key. The empty text is the path to the value itself.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Usage`] for an item without a number or a closing bracket.
    ///
    /// ```
    /// use cognate::mbat::{Path, Step};
    /// let path = Path::read("specs.a\\.b[2]")?;
    /// assert_eq!(path.steps(), [Step::Key("specs".into()), Step::Key("a.b".into()), Step::Item(2)]);
    /// assert_eq!(path.to_string(), "specs.a\\.b[2]");
    /// # Ok::<(), cognate::error::Error>(())
    /// ```
    pub fn read(text: &str) -> Result<Path> {
        let bad = || Error::usage(format!("{text:?}: give a path such as specs.color or tags[0]"));
        let mut steps = Vec::new();
        let mut key: Option<String> = if text.is_empty() { None } else { Some(String::new()) };
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\\' => {
                    let next = characters.next().ok_or_else(bad)?;
                    key.get_or_insert_default().push(next);
                }
                '.' => {
                    steps.extend(key.replace(String::new()).map(Step::Key));
                }
                '[' => {
                    // An array may stand in an array, or be the whole value: then there is no key before the bracket.
                    let is_start = steps.is_empty() && key.as_deref() == Some("");
                    steps.extend(key.take().filter(|_| !is_start).map(Step::Key));
                    let digits: String = characters.by_ref().take_while(|character| *character != ']').collect();
                    steps.push(Step::Item(digits.parse().map_err(|_| bad())?));
                    if characters.peek().is_some_and(|next| !['.', '['].contains(next)) {
                        return Err(bad());
                    }
                }
                other => key.get_or_insert_default().push(other),
            }
        }
        steps.extend(key.map(Step::Key));
        Ok(Path(steps))
    }

    /// The steps, the outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    pub(super) fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(name) => {
                    let dot = if place > 0 { "." } else { "" };
                    write!(f, "{dot}{}", name.replace('\\', "\\\\").replace('.', "\\.").replace('[', "\\["))?;
                }
                Step::Item(position) => write!(f, "[{position}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["a[", "a[]", "a[x]", "a[1]b", "a\\"] {
            assert!(Path::read(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn paths_are_read_back(steps in proptest::collection::vec((any::<bool>(), "[a.\\[\\\\ ]{1,4}", 0_u64..9), 0..4)) {
            let step = |(is_key, name, item): (bool, String, u64)| if is_key { Step::Key(name) } else { Step::Item(item) };
            let path = Path(steps.into_iter().map(step).collect());
            prop_assert_eq!(Path::read(&path.to_string()).unwrap(), path);
        }
    }
}
