//! Bands: from a value to a level.

/// The band of a value: 1 for less than the first bound, one more for each bound that it reaches.
pub(super) fn band(value: u16, bounds: &[u16]) -> u8 {
    1 + bounds.iter().take_while(|bound| value >= **bound).count() as u8
}

/// The same for bounds that fall: the less the value, the higher the band.
pub(super) fn falling_band(value: u16, bounds: &[u16]) -> u8 {
    1 + bounds.iter().take_while(|bound| value < **bound).count() as u8
}

/// A part of a whole in thousandths; of nothing, 0.
pub(super) fn share(part: u32, whole: u32) -> u16 {
    (u64::from(part) * 1000 / u64::from(whole.max(1))).min(u64::from(u16::MAX)) as u16
}
