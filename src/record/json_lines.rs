//! JSON lines: one object a line, of which only the wanted fields are built.

use super::input::Window;
use super::read::{DEFAULT_ID, IdFrom, ReadOptions, Row, checked_id, missing_column};
use super::{Fields, Record, RecordId, Reject, RejectReason, json_scan};
use crate::config::Limits;
use crate::error::{Error, Place, Result};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;
use std::path::Path;

/// Names of fields that an error lists at most.
const LISTED: usize = 40;

/// The rows of a JSON lines file.
pub(super) struct JsonRows {
    window: Window,
    line: u64,
    row: u64,
    id: Id,
    /// The wanted fields, each with whether any object so far had it; `None` wants all.
    wanted: Option<Vec<(String, bool)>>,
    /// Names that objects had, for the message about one that none had.
    names: Vec<String>,
    objects: u64,
    limits: Limits,
}

/// Where the ids come from, which the default leaves open until the first object.
enum Id {
    Open,
    Numbers,
    Field { name: String, seen: bool },
}

impl JsonRows {
    pub(super) fn open(file: &Path, options: &ReadOptions) -> Result<JsonRows> {
        JsonRows::over(Window::open(file)?, options)
    }

    fn over(window: Window, options: &ReadOptions) -> Result<JsonRows> {
        let id = match &options.id {
            IdFrom::Column(name) => Id::Field { name: name.clone(), seen: false },
            IdFrom::DefaultColumn => Id::Open,
        };
        let wanted = options.columns.as_ref().map(|names| names.iter().map(|name| (name.clone(), false)).collect());
        let (names, limits) = (Vec::new(), options.limits.clone());
        let mut rows = JsonRows { window, line: 0, row: 0, id, wanted, names, objects: 0, limits };
        rows.refuse_one_large_value()?;
        Ok(rows)
    }

    pub(super) fn numbers_rows(&self) -> bool {
        matches!(self.id, Id::Numbers)
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>> {
        loop {
            let Some(length) = self.find_line()? else {
                return self.end();
            };
            self.line += 1;
            let content = match length {
                Some(length) => {
                    let line = self.window.unread().get(..length).unwrap_or_default();
                    if line.iter().all(u8::is_ascii_whitespace) {
                        self.window.consume(length + 1);
                        continue;
                    }
                    self.row += 1;
                    let parsed = parse(line, self.window.offset(), &self.wants(), &self.limits);
                    self.window.consume(length + 1);
                    parsed.and_then(|content| self.record(content))
                }
                None => {
                    self.row += 1;
                    self.window.skip_line()?;
                    Err(RejectReason::RecordTooLong { limit: self.limits.record_bytes })
                }
            };
            return Ok(Some(match content {
                Ok(record) => Row::Record { record, line: self.line },
                Err(reason) => Row::Reject(Reject { place: Place::file(self.window.file()).line(self.line), reason }),
            }));
        }
    }

    /// The length of the next line without its line end; `Some(None)` when it is over the limit, `None` at the end.
    fn find_line(&mut self) -> Result<Option<Option<usize>>> {
        let mut searched = 0;
        loop {
            let rest = self.window.unread().get(searched..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', rest) {
                let length = searched + at;
                return Ok(Some((length <= self.limits.record_bytes).then_some(length)));
            }
            searched += rest.len();
            if searched > self.limits.record_bytes {
                return Ok(Some(None));
            }
            if !self.window.more()? {
                return Ok((searched > 0).then_some(Some(searched)));
            }
        }
    }

    fn wants(&self) -> Wants<'_> {
        let id = match &self.id {
            Id::Open => Some(DEFAULT_ID),
            Id::Numbers => None,
            Id::Field { name, .. } => Some(name.as_str()),
        };
        Wants { id, fields: self.wanted.as_deref(), others: LISTED - self.names.len() }
    }

    /// Makes a record of a parsed object, and takes note of what it had.
    fn record(&mut self, content: Content) -> Result<Record, RejectReason> {
        let Content { id, fields, mut others } = content;
        self.objects += 1;
        if let Some(wanted) = &mut self.wanted {
            for (_, seen) in wanted.iter_mut().filter(|(name, seen)| !seen && fields.contains_key(name)) {
                *seen = true;
            }
        }
        others.retain(|name| !self.names.contains(name));
        self.names.extend(others);
        if let Id::Open = self.id {
            self.id = match id {
                Some(_) => Id::Field { name: DEFAULT_ID.to_owned(), seen: true },
                None => Id::Numbers,
            };
        }
        let id = match &mut self.id {
            Id::Field { seen, .. } => {
                *seen |= id.is_some();
                id_of(id.as_ref(), &self.limits)?
            }
            Id::Open | Id::Numbers => RecordId::new(self.row.to_string()),
        };
        Ok(Record { id, fields })
    }

    /// At the end of the stream a field that was asked for and that no object had is an error, most likely a misspelling.
    fn end(&mut self) -> Result<Option<Row>> {
        if self.objects == 0 {
            return Ok(None);
        }
        let id = match &self.id {
            Id::Field { name, seen: false } => Some(name),
            _ => None,
        };
        let unseen = self.wanted.iter().flatten().find(|(_, seen)| !seen).map(|(name, _)| name);
        match id.or(unseen) {
            Some(name) => {
                let seen = self.wanted.iter().flatten().filter(|(_, seen)| *seen).map(|(name, _)| name.clone());
                let mut available: Vec<String> = seen.chain(self.names.iter().cloned()).collect();
                if let Id::Field { name, seen: true } = &self.id
                    && !available.contains(name)
                {
                    available.insert(0, name.clone());
                }
                Err(missing_column(self.window.file(), name, available))
            }
            None => Ok(None),
        }
    }

    /// A file that holds one array or one object over many lines is not JSON lines; say so once instead of rejecting
    /// every line of it.
    fn refuse_one_large_value(&mut self) -> Result<()> {
        let Some(Some(length)) = self.find_line()? else { return Ok(()) };
        let line = self.window.unread().get(..length).unwrap_or_default();
        let opening: Vec<u8> = line.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(2).collect();
        let what = match opening.as_slice() {
            b"[" | b"[{" => "one JSON array",
            b"{" => "a JSON object over several lines",
            _ => return Ok(()),
        };
        let reason =
            format!("{what}, but one object a line is needed; `jq -c` makes such lines (`jq -c '.[]'` of an array)");
        Err(Error::input(Place::file(self.window.file()).line(1), reason))
    }
}

fn id_of(id: Option<&Value>, limits: &Limits) -> Result<RecordId, RejectReason> {
    match id {
        None | Some(Value::Null) => Err(RejectReason::MissingId),
        Some(Value::String(text)) => checked_id(text, limits),
        Some(Value::Number(number)) if number.is_f64() => Err(RejectReason::BadId { found: "a fraction or too large" }),
        Some(Value::Number(number)) => checked_id(&number.to_string(), limits),
        Some(Value::Bool(_)) => Err(RejectReason::BadId { found: "a truth value" }),
        Some(Value::Array(_)) => Err(RejectReason::BadId { found: "an array" }),
        Some(Value::Object(_)) => Err(RejectReason::BadId { found: "an object" }),
    }
}

fn parse(line: &[u8], offset: u64, wants: &Wants<'_>, limits: &Limits) -> Result<Content, RejectReason> {
    if let Some(at) = memchr::memchr(0, line) {
        return Err(RejectReason::Nul { byte: offset + at as u64 });
    }
    let text = std::str::from_utf8(line)
        .map_err(|error| RejectReason::InvalidUtf8 { byte: offset + error.valid_up_to() as u64 })?;
    json_scan::check(line, offset, limits)?;
    let bad = |error: serde_json::Error| {
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        RejectReason::BadJson { reason, column: error.column() }
    };
    if !text.trim_start().starts_with('{') {
        serde_json::from_str::<IgnoredAny>(text).map_err(bad)?;
        return Err(RejectReason::NotAnObject);
    }
    let mut parser = serde_json::Deserializer::from_str(text);
    let content = wants.deserialize(&mut parser).and_then(|content| parser.end().map(|()| content));
    content.map_err(bad)
}

/// What is taken from an object.
struct Content {
    id: Option<Value>,
    fields: Fields,
    /// Names of fields that were stepped over.
    others: Vec<String>,
}

/// What to take from an object.
struct Wants<'a> {
    id: Option<&'a str>,
    fields: Option<&'a [(String, bool)]>,
    /// How many names of other fields to note.
    others: usize,
}

impl<'de> DeserializeSeed<'de> for &Wants<'_> {
    type Value = Content;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &Wants<'_> {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
        let mut content = Content { id: None, fields: Fields::new(), others: Vec::new() };
        while let Some(name) = map.next_key::<String>()? {
            let is_id = self.id == Some(name.as_str());
            let is_kept = self.fields.is_none_or(|fields| fields.iter().any(|(field, _)| *field == name));
            if !is_id && !is_kept {
                map.next_value::<IgnoredAny>()?;
                if content.others.len() < self.others {
                    content.others.push(name);
                }
                continue;
            }
            let value: Value = map.next_value()?;
            if is_id {
                content.id = Some(value.clone());
            }
            if is_kept {
                content.fields.insert(name, value);
            }
        }
        Ok(content)
    }
}
