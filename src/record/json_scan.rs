//! The shape of a JSON line, measured before it is parsed: depth, fields, lengths and escaped NULs, in one pass without
//! recursion, so that no input can overflow the stack or make the parser build what the limits forbid.

use super::RejectReason;
use crate::config::Limits;

/// Checks a line against the limits. A line that is not JSON may pass; the parser will say so.
///
/// The length of a field's value is counted as it stands in the line, quotes and escapes included.
/// `offset` is where the line begins in the file, for the place of a NUL.
pub(super) fn check(line: &[u8], offset: u64, limits: &Limits) -> Result<(), RejectReason> {
    let (mut depth, mut fields) = (0_usize, 0_usize);
    let mut value_start = None;
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        match byte {
            b'"' => {
                at = string_end(line, at + 1, offset)?;
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > limits.json_depth {
                    return Err(RejectReason::TooDeep { limit: limits.json_depth });
                }
            }
            b':' if depth == 1 => value_start = Some(at + 1),
            b',' | b'}' if depth == 1 => {
                fields += usize::from(value_start.is_some());
                check_length(value_start.take(), at, limits)?;
                depth -= usize::from(byte == b'}');
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    match fields > limits.fields {
        true => Err(RejectReason::TooManyFields { found: fields, limit: limits.fields }),
        false => Ok(()),
    }
}

fn check_length(start: Option<usize>, end: usize, limits: &Limits) -> Result<(), RejectReason> {
    match start.map(|start| end - start) {
        Some(bytes) if bytes > limits.field_bytes => {
            Err(RejectReason::FieldTooLong { bytes, limit: limits.field_bytes })
        }
        _ => Ok(()),
    }
}

/// The position behind the quote that ends the string whose content begins at `at`, or the end of the line.
fn string_end(line: &[u8], mut at: usize, offset: u64) -> Result<usize, RejectReason> {
    loop {
        let rest = line.get(at..).unwrap_or_default();
        let Some(found) = memchr::memchr2(b'"', b'\\', rest) else { return Ok(line.len()) };
        at += found + 1;
        if rest.get(found) == Some(&b'"') {
            return Ok(at);
        }
        if line.get(at..at + 5) == Some(b"u0000") {
            return Err(RejectReason::Nul { byte: offset + at as u64 - 1 });
        }
        // The escaped character, which may be a quote or another backslash.
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(line: &str) -> Result<(), RejectReason> {
        let limits = Limits { field_bytes: 10, fields: 2, json_depth: 3, ..Limits::default() };
        check(line.as_bytes(), 100, &limits)
    }

    #[test]
    fn depth_counts_the_record_itself_and_not_what_is_quoted() {
        assert_eq!(checked(r#"{"a":[[1]]}"#), Ok(()));
        assert_eq!(checked(r#"{"a":[[{}]]}"#), Err(RejectReason::TooDeep { limit: 3 }));
        assert_eq!(checked(r#"{"a":"[[[["}"#), Ok(()));
        assert_eq!(checked(r#"{"a":"\"[[[["}"#), Ok(()));
        assert_eq!(checked("]]]]{[[1"), Ok(()));
    }

    #[test]
    fn fields_of_the_record_are_counted_and_measured() {
        assert_eq!(checked(r#"{"a":1,"b":[1,2,3]}"#), Ok(()));
        assert_eq!(checked(r#"{"a":1,"b":2,"c":3}"#), Err(RejectReason::TooManyFields { found: 3, limit: 2 }));
        assert_eq!(checked(r#"{"a":"12345678"}"#), Ok(()));
        assert_eq!(checked(r#"{"a":"123456789"}"#), Err(RejectReason::FieldTooLong { bytes: 11, limit: 10 }));
        assert_eq!(checked(r#"{"a":[1,2,3,4,5]}"#), Err(RejectReason::FieldTooLong { bytes: 11, limit: 10 }));
    }

    #[test]
    fn an_escaped_nul_is_found_and_an_escaped_backslash_is_not_one() {
        assert_eq!(checked(r#"{"a":"\u0000"}"#), Err(RejectReason::Nul { byte: 106 }));
        assert_eq!(checked(r#"{"a":"\\u0000"}"#), Ok(()));
    }

    #[test]
    fn unfinished_lines_pass_to_the_parser() {
        for line in ["", "{", "\"", "\"\\", "{\"a\":", "{\"a\":\"\\u00"] {
            assert_eq!(checked(line), Ok(()), "{line}");
        }
    }
}
