//! CSV and TSV: rows are found and unquoted by csv-core's state machine over buffers whose size the limits bound.

use super::input::Window;
use super::read::{Layout, ReadOptions, Row, checked_id};
use super::{Fields, Record, RecordId, Reject, RejectReason};
use crate::config::Limits;
use crate::error::{Error, Place, Result};
use csv_core::ReadRecordResult;
use serde_json::Value;
use std::path::Path;

/// The rows of a delimited file.
///
/// **Invariant:** the window begins at the beginning of a physical line, or behind the carriage return that ends one,
/// and `line` is the number of that line.
pub(super) struct DelimitedRows {
    window: Window,
    parser: csv_core::Reader,
    /// The values of the current row without their quotes, end to end.
    text: Vec<u8>,
    /// Where each value ends in `text`; only the first `values` of them are of the current row.
    ends: Vec<usize>,
    values: usize,
    line: u64,
    row: u64,
    /// Up to here every row must end on its own line, because a bad row has already run over these bytes. It keeps the
    /// work linear when every line opens a quote.
    one_line_until: u64,
    columns: Vec<String>,
    layout: Layout,
    limits: Limits,
}

enum Parsed {
    /// A row that covers so many bytes of the window.
    Row(usize),
    /// A bad row that covers at least so many bytes of the window.
    Bad(RejectReason, usize),
    End,
}

impl DelimitedRows {
    /// Opens a file and reads its header; without a delimiter it is told from the header.
    pub(super) fn open(file: &Path, delimiter: Option<u8>, options: &ReadOptions) -> Result<DelimitedRows> {
        DelimitedRows::over(Window::open(file)?, delimiter, options)
    }

    fn over(window: Window, delimiter: Option<u8>, options: &ReadOptions) -> Result<DelimitedRows> {
        let mut rows = DelimitedRows {
            window,
            parser: csv_core::Reader::new(),
            text: vec![0; 4096],
            ends: vec![0; 64],
            values: 0,
            line: 1,
            row: 0,
            one_line_until: 0,
            columns: Vec::new(),
            layout: Layout { id: None, keep: Vec::new() },
            limits: options.limits.clone(),
        };
        let delimiter = match delimiter {
            Some(delimiter) => delimiter,
            None => rows.sniff()?,
        };
        rows.parser = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        rows.columns = rows.header()?;
        rows.layout = Layout::of(rows.window.file(), &rows.columns, options)?;
        Ok(rows)
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(super) fn numbers_rows(&self) -> bool {
        self.layout.id.is_none()
    }

    pub(super) fn next_row(&mut self) -> Result<Option<Row>> {
        let parsed = self.parse()?;
        self.row += 1;
        let line = self.line;
        let row = match parsed {
            Parsed::End => return Ok(None),
            Parsed::Row(bytes) => {
                let record = self.record(bytes);
                self.line += self.window.unread().get(..bytes).map_or(0, count_lines);
                self.window.consume(bytes);
                record
            }
            Parsed::Bad(reason, bytes) => {
                self.one_line_until = self.one_line_until.max(self.window.offset() + bytes as u64);
                self.resume_on_next_line()?;
                Err(reason)
            }
        };
        Ok(Some(match row {
            Ok(record) => Row::Record { record, line },
            Err(reason) => Row::Reject(Reject { place: Place::file(self.window.file()).line(line), reason }),
        }))
    }

    fn resume_on_next_line(&mut self) -> Result<()> {
        self.line += u64::from(self.window.skip_line()?);
        self.parser.reset();
        Ok(())
    }

    /// Finds the end of the next row and takes its values apart.
    fn parse(&mut self) -> Result<Parsed> {
        if !self.skip_blank_lines()? {
            return Ok(Parsed::End);
        }
        let confined = self.window.offset() < self.one_line_until;
        let limit = self.limits.record_bytes;
        let (mut read, mut written, mut at_end) = (0, 0, false);
        self.values = 0;
        loop {
            // One byte over the limit is enough to know, and no more, so that what a row covers does not depend on how
            // much of the input happens to be in the window.
            let rest = self.window.unread().get(read..).unwrap_or_default();
            let rest = rest.get(..limit.saturating_add(1).saturating_sub(read)).unwrap_or(rest);
            let input = match rest {
                // Only a quote that is still open can swallow this line end.
                [] if at_end => b"\n",
                rest if confined => {
                    memchr::memchr(b'\n', rest).and_then(|line_end| rest.get(..=line_end)).unwrap_or(rest)
                }
                rest => rest,
            };
            let text = self.text.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(self.values..).unwrap_or_default();
            let (result, taken, added, ended) = self.parser.read_record(input, text, ends);
            read += if at_end { 0 } else { taken };
            written += added;
            self.values += ended;
            match result {
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::Record if read > limit => {
                    return Ok(Parsed::Bad(RejectReason::RecordTooLong { limit }, read));
                }
                ReadRecordResult::Record => return Ok(Parsed::Row(read)),
                ReadRecordResult::InputEmpty if read > limit => {
                    return Ok(Parsed::Bad(RejectReason::RecordTooLong { limit }, read));
                }
                ReadRecordResult::InputEmpty if at_end || (confined && self.stands_behind_line_end(read)) => {
                    return Ok(Parsed::Bad(RejectReason::UnclosedQuote, read));
                }
                ReadRecordResult::InputEmpty => at_end = !self.window.more()?,
                ReadRecordResult::End => return Ok(Parsed::End),
            }
        }
    }

    fn stands_behind_line_end(&self, read: usize) -> bool {
        read.checked_sub(1).and_then(|last| self.window.unread().get(last)) == Some(&b'\n')
    }

    /// Steps over line ends; `false` at the end of the input.
    fn skip_blank_lines(&mut self) -> Result<bool> {
        loop {
            match self.window.unread().first().copied() {
                Some(b'\n') => {
                    self.line += 1;
                    self.window.consume(1);
                }
                Some(b'\r') => self.window.consume(1),
                Some(_) => return Ok(true),
                None if self.window.more()? => {}
                None => return Ok(false),
            }
        }
    }

    /// Makes a record of the values that were just parsed from the first `bytes` of the window.
    fn record(&self, bytes: usize) -> Result<Record, RejectReason> {
        let text = self.checked_text(bytes)?;
        if self.values != self.columns.len() {
            return Err(RejectReason::WrongFieldCount { expected: self.columns.len(), found: self.values });
        }
        let id = match self.layout.id {
            Some(column) => checked_id(self.value(text, column), &self.limits)?,
            None => RecordId::new(self.row.to_string()),
        };
        let mut fields = Fields::with_capacity(self.layout.keep.len());
        for &column in &self.layout.keep {
            if let Some(name) = self.columns.get(column) {
                fields.insert(name.clone(), Value::String(self.value(text, column).to_owned()));
            }
        }
        Ok(Record { id, fields })
    }

    /// The text of all values, when it is text and no value is too long.
    fn checked_text(&self, bytes: usize) -> Result<&str, RejectReason> {
        let raw = self.window.unread().get(..bytes).unwrap_or_default();
        if let Some(at) = memchr::memchr(0, raw) {
            return Err(RejectReason::Nul { byte: self.window.offset() + at as u64 });
        }
        let limit = self.limits.field_bytes;
        let mut start = 0;
        for &end in self.ends.iter().take(self.values) {
            if end - start > limit {
                return Err(RejectReason::FieldTooLong { bytes: end - start, limit });
            }
            start = end;
        }
        let not_utf8 = |error: std::str::Utf8Error| RejectReason::InvalidUtf8 {
            byte: self.window.offset() + error.valid_up_to() as u64,
        };
        // The row as it stands in the file decides: end to end, two broken values may look whole.
        std::str::from_utf8(raw).map_err(not_utf8)?;
        std::str::from_utf8(self.text.get(..start).unwrap_or_default()).map_err(not_utf8)
    }

    fn value<'a>(&self, text: &'a str, column: usize) -> &'a str {
        let end_of = |column: usize| self.ends.get(column).copied().unwrap_or(0);
        let start = column.checked_sub(1).map_or(0, end_of);
        text.get(start..end_of(column)).unwrap_or_default()
    }

    /// Tells the delimiter from the first line that is not blank: the comma if it holds one outside of quotes, else
    /// that of `;`, tab and `|` which it holds most often, else the comma.
    fn sniff(&mut self) -> Result<u8> {
        self.skip_blank_lines()?;
        while memchr::memchr(b'\n', self.window.unread()).is_none()
            && self.window.unread().len() <= self.limits.record_bytes
            && self.window.more()?
        {}
        let line = self.window.unread().split(|&byte| byte == b'\n').next().unwrap_or_default();
        let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)];
        let mut quoted = false;
        for &byte in line {
            quoted ^= byte == b'"';
            if let Some((_, count)) = counts.iter_mut().find(|(delimiter, _)| !quoted && *delimiter == byte) {
                *count += 1;
            }
        }
        let most = counts.iter().map(|&(_, count)| count).max().unwrap_or(0);
        let first = counts.iter().find(|&&(delimiter, count)| (delimiter == b',' && count > 0) || count == most);
        Ok(first.map_or(b',', |&(delimiter, _)| delimiter))
    }

    fn header(&mut self) -> Result<Vec<String>> {
        let parsed = self.parse()?;
        let place = Place::file(self.window.file()).line(self.line);
        let bytes = match parsed {
            Parsed::Row(bytes) => bytes,
            Parsed::Bad(reason, _) => return Err(Error::input(place, format!("the header: {reason}"))),
            Parsed::End => {
                return Err(Error::input(Place::file(self.window.file()), "the file holds only blank lines"));
            }
        };
        let text =
            self.checked_text(bytes).map_err(|reason| Error::input(place.clone(), format!("the header: {reason}")))?;
        if self.values > self.limits.fields {
            let (found, limit) = (self.values, self.limits.fields);
            return Err(Error::input(place, format!("the header: {}", RejectReason::TooManyFields { found, limit })));
        }
        let columns: Vec<String> = (0..self.values).map(|column| self.value(text, column).to_owned()).collect();
        let mut seen = std::collections::HashSet::new();
        for (position, name) in columns.iter().enumerate() {
            if name.is_empty() {
                let reason = format!("the header: column {} has no name; give every column one", position + 1);
                return Err(Error::input(place, reason));
            }
            if !seen.insert(name) {
                let reason = format!("the header: two columns are called {name:?}; rename one");
                return Err(Error::input(place, reason));
            }
        }
        self.line += self.window.unread().get(..bytes).map_or(0, count_lines);
        self.window.consume(bytes);
        Ok(columns)
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Read;

    /// Gives out a few bytes at a time.
    struct Trickle(std::io::Cursor<Vec<u8>>, usize);

    impl Read for Trickle {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = buffer.len().min(self.1);
            self.0.read(&mut buffer[..length])
        }
    }

    fn rows(bytes: &[u8], at_a_time: usize, limits: &Limits) -> Result<Vec<Row>, String> {
        let trickle = Trickle(std::io::Cursor::new(bytes.to_vec()), at_a_time);
        let options = ReadOptions { limits: limits.clone(), ..ReadOptions::default() };
        let work = || {
            let window = Window::over("a.csv".as_ref(), Box::new(trickle))?;
            let mut rows = DelimitedRows::over(window, Some(b','), &options)?;
            std::iter::from_fn(|| rows.next_row().transpose()).collect::<Result<_>>()
        };
        work().map_err(|error| error.to_string())
    }

    proptest! {
        #[test]
        fn rows_do_not_depend_on_how_the_bytes_arrive(
            text in "[ab,\"\\r\\n]{0,60}", at_a_time in 1_usize..7, limit in 3_usize..40,
        ) {
            let limits = Limits { record_bytes: limit, ..Limits::default() };
            let bytes = format!("a,b\n{text}");
            prop_assert_eq!(rows(bytes.as_bytes(), at_a_time, &limits), rows(bytes.as_bytes(), 1000, &limits));
        }

        #[test]
        fn rows_are_those_of_the_csv_crate(cells in proptest::collection::vec("[ab,\"\\r\\n ]{0,6}", 0..24)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["a", "b"]).unwrap();
            cells.chunks_exact(2).for_each(|row| writer.write_record(row).unwrap());
            let bytes = writer.into_inner().unwrap();
            let ours = rows(&bytes, 1000, &Limits::default()).unwrap().into_iter().map(|row| match row {
                Row::Record { record, line } => (line, record.fields["a"].clone(), record.fields["b"].clone()),
                Row::Reject(reject) => panic!("{reject}"),
            });
            let mut reader = csv::Reader::from_reader(bytes.as_slice());
            let theirs = reader.records().map(|record| {
                let record = record.unwrap();
                (record.position().unwrap().line(), record[0].into(), record[1].into())
            });
            prop_assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>());
        }
    }
}
