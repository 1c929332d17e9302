//! Bytes out: to a file that appears only when it is complete, to standard output, or to anything that takes bytes.

use super::Compression;
use crate::error::{Error, Result};
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Bytes of a zstd frame before compression. The encoder takes no stream, so a file is a row of frames of this size.
const FRAME: usize = 4 * 1024 * 1024;

/// Where a table or a report goes.
pub enum Destination {
    /// A file; `-` is standard output.
    File(PathBuf),
    /// Standard output.
    Stdout,
    /// Anything that takes bytes, for tests and for embedding.
    Other(Box<dyn Write + Send>),
}

/// A file being written, or a stream.
///
/// A file is written under a temporary name beside its target and takes the target's place in [`Output::finish`], whole
/// and synced. An output that is dropped before that leaves the target as it was and nothing beside it. What is not a
/// regular file (`/dev/null`, a pipe) is written in place.
pub struct Output {
    // Dropped, and so closed, before `temporary` removes the file.
    bytes: Bytes,
    temporary: Option<Temporary>,
    path: PathBuf,
}

enum Bytes {
    Plain(Sink),
    Gzip(Box<GzEncoder<Sink>>),
    Zstd(Sink, Vec<u8>),
}

enum Sink {
    File(BufWriter<File>),
    Stream(BufWriter<Box<dyn Write + Send>>),
}

/// A file that is removed when it is dropped, unless it was renamed.
struct Temporary {
    path: PathBuf,
    target: PathBuf,
    renamed: bool,
}

impl Output {
    /// Opens a destination; a file whose name ends in `.gz` or `.zst` is compressed.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io) when the file cannot be created.
    ///
    /// ```
    /// use cognate::record::{Destination, Output};
    /// use std::io::Write;
    /// # let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("report.html");
    /// let mut output = Output::create(Destination::File(path.clone()))?;
    /// output.write_all(b"<p>").unwrap();
    /// assert!(!path.exists());
    /// output.finish()?;
    /// assert_eq!(std::fs::read(&path).unwrap(), b"<p>");
    /// # Ok::<(), cognate::error::Error>(())
    /// ```
    pub fn create(destination: Destination) -> Result<Output> {
        let path = match destination {
            Destination::File(path) if path.as_os_str() != "-" => path,
            Destination::File(_) | Destination::Stdout => return Ok(Output::stream("-", Box::new(io::stdout()))),
            Destination::Other(stream) => return Ok(Output::stream("output", stream)),
        };
        let in_place = fs::metadata(&path).is_ok_and(|existing| !existing.is_file());
        let (file, temporary) = if in_place {
            (OpenOptions::new().write(true).open(&path).map_err(|error| Error::io(&path, error))?, None)
        } else {
            let (file, temporary) = Temporary::beside(&path).map_err(|error| Error::io(&path, error))?;
            (file, Some(temporary))
        };
        let sink = Sink::File(BufWriter::with_capacity(256 * 1024, file));
        let bytes = match Compression::of(&path) {
            Compression::None => Bytes::Plain(sink),
            Compression::Gzip => Bytes::Gzip(Box::new(GzEncoder::new(sink, flate2::Compression::default()))),
            Compression::Zstd => Bytes::Zstd(sink, Vec::new()),
        };
        Ok(Output { bytes, temporary, path })
    }

    fn stream(name: &str, stream: Box<dyn Write + Send>) -> Output {
        let sink = Sink::Stream(BufWriter::new(stream));
        Output { bytes: Bytes::Plain(sink), temporary: None, path: name.into() }
    }

    /// The file's name, `-` for standard output.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes what is still held back, and puts a file in its place.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::error::ErrorKind::Io); the target is then as it was.
    pub fn finish(self) -> Result<()> {
        let Output { bytes, temporary, path } = self;
        let close = || {
            let mut sink = match bytes {
                Bytes::Plain(sink) => sink,
                Bytes::Gzip(encoder) => encoder.finish()?,
                Bytes::Zstd(mut sink, held) => {
                    sink.write_all(&compress_to_vec(held.as_slice(), CompressionLevel::Fastest))?;
                    sink
                }
            };
            sink.flush()?;
            if let (Sink::File(file), Some(temporary)) = (&sink, temporary) {
                file.get_ref().sync_all()?;
                temporary.rename()?;
            }
            Ok(())
        };
        close().map_err(|error| Error::io(path, error))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.bytes {
            Bytes::Plain(sink) => sink.write(bytes),
            Bytes::Gzip(encoder) => encoder.write(bytes),
            Bytes::Zstd(sink, held) => {
                let taken = bytes.len().min(FRAME - held.len());
                held.extend_from_slice(bytes.get(..taken).unwrap_or_default());
                if held.len() == FRAME {
                    sink.write_all(&compress_to_vec(held.as_slice(), CompressionLevel::Fastest))?;
                    held.clear();
                }
                Ok(taken)
            }
        }
    }

    /// Hands a stream on to its reader; what a compression still gathers stays, since the bytes must not depend on it.
    fn flush(&mut self) -> io::Result<()> {
        match &mut self.bytes {
            Bytes::Plain(sink) | Bytes::Zstd(sink, _) => sink.flush(),
            Bytes::Gzip(_) => Ok(()),
        }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Sink::File(file) => file.write(bytes),
            Sink::Stream(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Sink::File(file) => file.flush(),
            Sink::Stream(stream) => stream.flush(),
        }
    }
}

impl Temporary {
    /// Creates a file beside the target, or beside what it points to if it is a symbolic link, which is to stay one.
    fn beside(target: &Path) -> io::Result<(File, Temporary)> {
        let target = match fs::symlink_metadata(target) {
            Ok(existing) if existing.is_symlink() => fs::canonicalize(target)?,
            _ => target.to_path_buf(),
        };
        let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        for attempt in 0..100 {
            let mut temporary = OsString::from(".");
            temporary.push(name);
            temporary.push(format!(".{}-{attempt}.tmp", std::process::id()));
            let path = target.with_file_name(temporary);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok((file, Temporary { path, target, renamed: false })),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn rename(mut self) -> io::Result<()> {
        if let Ok(existing) = fs::metadata(&self.target) {
            fs::set_permissions(&self.path, existing.permissions())?;
        }
        fs::rename(&self.path, &self.target)?;
        self.renamed = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.renamed {
            // Nothing is lost but a temporary file, and there is no one to tell.
            let _ = fs::remove_file(&self.path);
        }
    }
}
