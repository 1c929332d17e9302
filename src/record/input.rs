//! Bytes in: files and standard input, uncompressed on the way, behind a window over what is not yet read.

use super::format::Compression;
use crate::error::{Error, ErrorKind, Place, Result};
use flate2::read::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

/// Bytes asked of the input at a time.
const CHUNK: usize = 256 * 1024;

/// A window over the unread bytes of an uncompressed input. It grows only when its owner asks for more without
/// consuming, so its owner bounds it.
pub(super) struct Window {
    input: Box<dyn Read>,
    file: PathBuf,
    compression: Compression,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
}

impl Window {
    /// Opens a file, or standard input for `-`, and steps over a byte order mark.
    ///
    /// # Errors
    /// `Io` when the system refuses; `Input` when there is nothing at all in it, or UTF-16.
    pub(super) fn open(file: &Path) -> Result<Window> {
        let raw: Box<dyn Read> = if file.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(file).map_err(|error| Error::io(file, error))?)
        };
        Window::over(file, raw)
    }

    /// A window over any source of bytes, which messages call `file`.
    pub(super) fn over(file: &Path, mut raw: Box<dyn Read>) -> Result<Window> {
        let mut first = Vec::with_capacity(4);
        raw.by_ref().take(4).read_to_end(&mut first).map_err(|error| Error::io(file, error))?;
        let compression = match Compression::of(file) {
            Compression::None => Compression::of_bytes(&first),
            stated => stated,
        };
        if first.is_empty() {
            return Err(Error::input(Place::file(file), "the file is empty"));
        }
        let raw = BufReader::with_capacity(CHUNK, Cursor::new(first).chain(raw));
        let input: Box<dyn Read> = match compression {
            Compression::None => Box::new(raw),
            Compression::Gzip => Box::new(MultiGzDecoder::new(raw)),
            Compression::Zstd => Box::new(ZstdFrames { source: raw, decoder: FrameDecoder::new(), open: false }),
        };
        let (file, buffer) = (file.to_path_buf(), vec![0; 2 * CHUNK]);
        let mut window = Window { input, file, compression, buffer, start: 0, end: 0, offset: 0 };
        while window.unread().len() < 3 && window.more()? {}
        match window.unread() {
            [] => return Err(Error::input(Place::file(&window.file), "the file is empty")),
            [0xef, 0xbb, 0xbf, ..] => window.consume(3),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                return Err(Error::input(Place::file(&window.file), "the file is UTF-16; convert it to UTF-8"));
            }
            _ => {}
        }
        Ok(window)
    }

    /// The bytes that are read from the input and not yet consumed.
    pub(super) fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The place of the first unread byte, counting from 0 at the beginning of the uncompressed input.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The file, as the user named it.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// Steps over unread bytes.
    pub(super) fn consume(&mut self, bytes: usize) {
        let bytes = bytes.min(self.end - self.start);
        self.start += bytes;
        self.offset += bytes as u64;
    }

    /// Adds at least one byte behind the unread ones; `false` at the end of the input.
    pub(super) fn more(&mut self) -> Result<bool> {
        if self.buffer.len() - self.end < CHUNK {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.buffer.len() - self.end < CHUNK {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        loop {
            match self.input.read(self.buffer.get_mut(self.end..).unwrap_or_default()) {
                Ok(bytes) => {
                    self.end += bytes;
                    return Ok(bytes > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.unreadable(error)),
            }
        }
    }

    /// Steps over the rest of the line that begins at the first unread byte, its line end included; `false` when the
    /// input ends before the line does. Holds no more than a chunk of it.
    pub(super) fn skip_line(&mut self) -> Result<bool> {
        loop {
            match memchr::memchr(b'\n', self.unread()) {
                Some(at) => {
                    self.consume(at + 1);
                    return Ok(true);
                }
                None => {
                    self.consume(usize::MAX);
                    if !self.more()? {
                        return Ok(false);
                    }
                }
            }
        }
    }

    fn unreadable(&self, error: io::Error) -> Error {
        let name = match self.compression {
            Compression::None => return Error::io(&self.file, error),
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
        };
        let reason = format!("damaged or cut short: {name} says: {error}");
        ErrorKind::Input { place: Place::file(&self.file), reason }.into()
    }
}

/// All frames of a zstd file, one after the other; the decoder knows only one.
struct ZstdFrames<R> {
    source: R,
    decoder: FrameDecoder,
    open: bool,
}

impl<R: BufRead> ZstdFrames<R> {
    /// Opens the next frame that holds data; `false` at the end of the file.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    let length = u64::from(length);
                    if io::copy(&mut self.source.by_ref().take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string())),
            }
        }
        Ok(false)
    }

    fn close_frame(&mut self) -> io::Result<()> {
        self.open = false;
        match self.decoder.get_checksum_from_data() {
            Some(stated) if self.decoder.get_calculated_checksum() != Some(stated) => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "checksum mismatch"))
            }
            _ => Ok(()),
        }
    }
}

impl<R: BufRead> Read for ZstdFrames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.open {
                self.open = self.next_frame()?;
                if !self.open {
                    return Ok(0);
                }
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
            }
            match self.decoder.read(buffer)? {
                0 => self.close_frame()?,
                bytes => return Ok(bytes),
            }
        }
    }
}
