//! Arrays of numbers as NumPy reads them: format version 1.0 of `.npy` (NumPy Enhancement Proposal 1).
//!
//! ```text
//! offset  bytes  field
//!      0      6  magic "\x93NUMPY"
//!      6      2  version 1.0
//!      8      2  length of the header, little-endian; with it the numbers begin at a multiple of 64
//!     10      …  header: a Python dictionary of type, order and shape, filled with spaces, and a line end
//!      …      …  the numbers, row by row, each a little-endian 32-bit float
//! ```

use super::{Destination, Output};
use crate::error::{Error, Result};
use std::io::{self, Write};

const MAGIC: &[u8; 8] = b"\x93NUMPY\x01\x00";

/// Writes rows of numbers as a two-dimensional array of 32-bit floats in C order. The bytes are the same for the same
/// numbers; a file is put in its place when it is whole (see [`Output`]).
///
/// ```
/// use cognate::record::{Destination, NpyWriter};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("vectors.npy");
/// let mut writer = NpyWriter::create(Destination::File(path.clone()), 2, 2)?;
/// writer.write_row([0.5, -1.0].into_iter())?;
/// writer.write_row([0.0, 2.0].into_iter())?;
/// writer.finish()?;
/// let bytes = std::fs::read(&path).unwrap();
/// assert_eq!(bytes.len(), 128 + 4 * 4);
/// assert!(String::from_utf8_lossy(&bytes).contains("'shape': (2, 2)"));
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub struct NpyWriter {
    output: Output,
    columns: usize,
    missing: usize,
}

impl NpyWriter {
    /// Begins an array of so many rows and columns.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io) when the system refuses; an older file is then as it was, here and
    /// in what follows.
    pub fn create(destination: Destination, rows: usize, columns: usize) -> Result<NpyWriter> {
        let mut output = Output::create(destination)?;
        output.write_all(&header(rows, columns)).map_err(|error| Error::io(output.path(), error))?;
        Ok(NpyWriter { output, columns, missing: rows })
    }

    /// Writes a row; numbers that it lacks are zeros, and what it has too many is left out.
    ///
    /// # Errors
    /// As [`NpyWriter::create`]; and when all rows have been written.
    pub fn write_row(&mut self, row: impl Iterator<Item = f32>) -> Result<()> {
        let refused = |output: &Output, error| Error::io(output.path(), error);
        self.missing = self.missing.checked_sub(1).ok_or_else(|| refused(&self.output, other_rows()))?;
        let numbers = row.chain(std::iter::repeat(0.0)).take(self.columns);
        let written = numbers.map(f32::to_le_bytes).try_for_each(|bytes| self.output.write_all(&bytes));
        written.map_err(|error| refused(&self.output, error))
    }

    /// Ends the array and puts the file in its place.
    ///
    /// # Errors
    /// As [`NpyWriter::create`]; and when rows are missing.
    pub fn finish(self) -> Result<()> {
        match self.missing {
            0 => self.output.finish(),
            _ => Err(Error::io(self.output.path(), other_rows())),
        }
    }
}

/// The file to be read has changed while it was.
fn other_rows() -> io::Error {
    io::Error::other("the number of rows has changed while they were written")
}

fn header(rows: usize, columns: usize) -> Vec<u8> {
    let mut text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    while !(MAGIC.len() + 2 + text.len() + 1).is_multiple_of(64) {
        text.push(' ');
    }
    text.push('\n');
    // Two numbers of 64 bits have at most 40 digits, so that the length fits.
    let length = (text.len() as u16).to_le_bytes();
    [MAGIC.as_slice(), &length, text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_begin_at_a_multiple_of_64() {
        for rows in [0, 1, 99_999, usize::MAX] {
            let header = header(rows, 128);
            assert!(header.len().is_multiple_of(64), "{rows}");
            assert_eq!(usize::from(u16::from_le_bytes([header[8], header[9]])) + 10, header.len());
            assert!(header.ends_with(b"\n"));
        }
    }
}
