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
use std::io::Write;

const MAGIC: &[u8; 8] = b"\x93NUMPY\x01\x00";

/// Writes rows of numbers as a two-dimensional array of 32-bit floats in C order. The bytes are the same for the same
/// numbers; a file is put in its place when it is whole (see [`Output`]).
///
/// # Errors
/// [`ErrorKind::Io`](crate::error::ErrorKind::Io) when the system refuses; an older file is then as it was.
///
/// ```
/// use cognate::record::{Destination, write_npy};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("vectors.npy");
/// write_npy(Destination::File(path.clone()), [[0.5, -1.0], [0.0, 2.0]].into_iter())?;
/// let bytes = std::fs::read(&path).unwrap();
/// assert_eq!(bytes.len(), 128 + 4 * 4);
/// assert!(String::from_utf8_lossy(&bytes).contains("'shape': (2, 2)"));
/// # Ok::<(), cognate::error::Error>(())
/// ```
pub fn write_npy<const N: usize>(
    destination: Destination,
    rows: impl ExactSizeIterator<Item = [f32; N]>,
) -> Result<()> {
    let mut output = Output::create(destination)?;
    let write = |output: &mut Output| {
        output.write_all(&header(rows.len(), N))?;
        rows.into_iter().flatten().try_for_each(|number: f32| output.write_all(&number.to_le_bytes()))
    };
    write(&mut output).map_err(|error| Error::io(output.path(), error))?;
    output.finish()
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
