//! Numbers as bytes: little-endian words and variable-length integers (LEB128, seven bits a byte, low bits first).

/// Appends a number in seven-bit bytes.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends bytes with their length before them.
pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Reads from the front of bytes; everything is `None` past their end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next number of seven-bit bytes; `None` also for one of more than 64 bits.
    pub(super) fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// The next number, if it fits.
    pub(super) fn number<T: TryFrom<u64>>(&mut self) -> Option<T> {
        T::try_from(self.varint()?).ok()
    }

    /// The next so many bytes.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next bytes that were written by [`put_bytes`].
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let count = self.number()?;
        self.take(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_end_is_no_number() {
        assert_eq!(Reader(&[]).varint(), None);
        assert_eq!(Reader(&[0x80]).varint(), None);
        assert_eq!(Reader(&[0x80; 20]).varint(), None);
        assert_eq!(Reader(&[5, 1]).bytes(), None);
    }

    proptest! {
        #[test]
        fn numbers_come_back(values: Vec<u64>) {
            let mut out = Vec::new();
            values.iter().for_each(|value| put_varint(&mut out, *value));
            let mut reader = Reader(&out);
            for value in values {
                prop_assert_eq!(reader.varint(), Some(value));
            }
            prop_assert!(reader.0.is_empty());
        }
    }
}
