//! Short texts in half the space: a table of frequent pieces, each one byte.
//!
//! After FSST (Boncz, Neumann, Leis: "FSST: Fast Random Access String Compression", VLDB 2020): at most 255 symbols of one
//! to eight bytes; a text is cut greedily into the longest symbols; a byte without a symbol costs two. Each text is coded
//! by itself, so any one is read without its neighbours.
//!
//! **Invariant:** the table depends on the sample alone: gains are counted in integers, and ties fall by length and bytes.

use super::bytes::{Reader, put_bytes, put_varint};
use rustc_hash::FxHashMap;

/// The byte that says that the next one stands for itself.
const ESCAPE: u8 = u8::MAX;
/// Bytes of a symbol.
const LONGEST: usize = 8;
/// How often the table is made better.
const ROUNDS: usize = 5;

/// Frequent pieces of texts, by their code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Symbols {
    pieces: Vec<Box<[u8]>>,
    /// The code of each piece.
    codes: FxHashMap<Box<[u8]>, u8>,
}

impl Symbols {
    /// Learns the symbols of a sample. Linear in its bytes.
    pub(super) fn learn(sample: &[&[u8]]) -> Symbols {
        (0..ROUNDS).fold(Symbols::default(), |symbols, _| symbols.improved(sample))
    }

    /// One round: symbols and pairs of neighbouring symbols compete by the bytes that they cover.
    fn improved(&self, sample: &[&[u8]]) -> Symbols {
        let mut gains: FxHashMap<&[u8], u64> = FxHashMap::default();
        for text in sample {
            let mut last = 0;
            let mut at = 0;
            while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
                let length = self.longest(rest).map_or(1, |(length, _)| length);
                // A piece that begins anew is as good as the pair that ends in it.
                for start in if last < at { [Some(at), Some(last)] } else { [Some(at), None] }.into_iter().flatten() {
                    let piece = text.get(start..at + length).filter(|piece| piece.len() <= LONGEST);
                    if let Some(piece) = piece {
                        *gains.entry(piece).or_default() += piece.len() as u64;
                    }
                }
                last = at;
                at += length;
            }
        }
        let mut ranked: Vec<(&[u8], u64)> =
            gains.into_iter().filter(|(piece, gain)| *gain > piece.len() as u64).collect();
        // A byte without a symbol costs two, so single bytes are worth more than what they cover.
        let worth = |(piece, gain): &(&[u8], u64)| if piece.len() == 1 { gain * 8 } else { *gain };
        ranked.sort_unstable_by(|a, b| worth(b).cmp(&worth(a)).then_with(|| a.0.cmp(b.0)));
        ranked.truncate(usize::from(ESCAPE));
        Symbols::new(ranked.into_iter().map(|(piece, _)| piece.into()).collect())
    }

    fn new(pieces: Vec<Box<[u8]>>) -> Symbols {
        let codes = pieces.iter().zip(0..ESCAPE).map(|(piece, code)| (piece.clone(), code)).collect();
        Symbols { pieces, codes }
    }

    /// The length and code of the longest symbol that a text starts with.
    fn longest(&self, text: &[u8]) -> Option<(usize, u8)> {
        let lengths = (1..=LONGEST.min(text.len())).rev();
        lengths.filter_map(|length| Some((length, *self.codes.get(text.get(..length)?)?))).next()
    }

    /// Appends the code of a text. Linear.
    pub(super) fn encode(&self, mut text: &[u8], out: &mut Vec<u8>) {
        while let Some((&first, after)) = text.split_first() {
            match self.longest(text) {
                Some((length, code)) => {
                    out.push(code);
                    text = text.get(length..).unwrap_or_default();
                }
                None => {
                    out.extend([ESCAPE, first]);
                    text = after;
                }
            }
        }
    }

    /// The text of a code; codes that mean nothing are left out.
    pub(super) fn decode(&self, code: &[u8]) -> Vec<u8> {
        let mut text = Vec::with_capacity(code.len() * 3);
        let mut codes = code.iter();
        while let Some(&code) = codes.next() {
            match code {
                ESCAPE => text.extend(codes.next()),
                _ => text.extend_from_slice(self.pieces.get(usize::from(code)).map_or(&[], |piece| piece)),
            }
        }
        text
    }

    /// Appends the table.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put_varint(out, self.pieces.len() as u64);
        self.pieces.iter().for_each(|piece| put_bytes(out, piece));
    }

    /// Reads a table that [`Symbols::write`] wrote.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Symbols> {
        let count: u8 = reader.number()?;
        let pieces: Option<Vec<Box<[u8]>>> = (0..count).map(|_| Some(reader.bytes()?.into())).collect();
        Some(Symbols::new(pieces?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_take_half_the_space() {
        let names: Vec<String> =
            (0..500).map(|n| format!("{} Technology Co., Ltd.", ["Acme", "Zeta", "Blue"][n % 3])).collect();
        let sample: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
        let symbols = Symbols::learn(&sample);
        let mut out = Vec::new();
        symbols.encode(sample[0], &mut out);
        assert!(out.len() * 2 < sample[0].len(), "{}", out.len());
    }

    proptest! {
        #[test]
        fn texts_come_back(sample: Vec<Vec<u8>>, text: Vec<u8>) {
            let slices: Vec<&[u8]> = sample.iter().map(Vec::as_slice).collect();
            let symbols = Symbols::learn(&slices);
            let mut table = Vec::new();
            symbols.write(&mut table);
            prop_assert_eq!(Symbols::read(&mut Reader(&table)), Some(symbols.clone()));
            for text in sample.iter().chain([&text]) {
                let mut code = Vec::new();
                symbols.encode(text, &mut code);
                prop_assert_eq!(&symbols.decode(&code), text);
            }
        }
    }
}
