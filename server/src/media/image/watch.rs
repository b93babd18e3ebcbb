//! Ends reading and writing when time or room is over.
//!
//! Decoders and encoders wrap an error of reading or writing as they like; why it really was is
//! kept here.

use std::cell::RefCell;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::time::Instant;

use super::ImageError;

/// What decoders read from.
pub(super) type Source<'a, R> = BufReader<Timed<'a, R>>;
/// What encoders write to.
pub(super) type Sink<'a, W> = BufWriter<Bounded<'a, W>>;

/// Watches over one picture.
pub(super) struct Watch {
    deadline: Instant,
    stopped: RefCell<Option<ImageError>>,
}

impl Watch {
    pub(super) fn new(deadline: Instant) -> Self {
        Self { deadline, stopped: RefCell::new(None) }
    }

    pub(super) fn source<R: Read + Seek>(&self, inner: R) -> Source<'_, R> {
        BufReader::new(Timed { inner, watch: self })
    }

    pub(super) fn sink<W: Write>(&self, inner: W, bytes_max: u64) -> Sink<'_, W> {
        BufWriter::new(Bounded { inner, watch: self, bytes_max, left: bytes_max })
    }

    /// Keeps the reason; the first one counts.
    pub(super) fn stop(&self, why: ImageError) -> io::Error {
        self.stopped.borrow_mut().get_or_insert(why);
        io::Error::other("stopped")
    }

    /// Whether all is well, also where a decoder made do with less than all.
    pub(super) fn verdict(&self) -> Result<(), ImageError> {
        // The reason is kept, the kind of the error is all that is asked for.
        let _ = self.check();
        self.stopped.take().map_or(Ok(()), Err)
    }

    /// The reason that was kept, or else `error`.
    pub(super) fn why(&self, error: ImageError) -> ImageError {
        self.verdict().err().unwrap_or(error)
    }

    fn check(&self) -> io::Result<()> {
        if Instant::now() < self.deadline {
            Ok(())
        } else {
            Err(self.stop(ImageError::TookTooLong))
        }
    }

    fn failed(&self, error: io::Error) -> io::Error {
        if error.kind() == io::ErrorKind::Interrupted {
            return error;
        }
        self.stop(ImageError::Storage(error))
    }
}

/// Reads until the deadline.
pub(super) struct Timed<'a, R> {
    inner: R,
    watch: &'a Watch,
}

impl<R: Read> Read for Timed<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.watch.check()?;
        self.inner.read(into).map_err(|error| self.watch.failed(error))
    }
}

impl<R: Seek> Seek for Timed<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        // Decoders seek where files tell them to: that it fails is the file's fault.
        self.inner.seek(to)
    }
}

/// Writes until the deadline, and so many bytes at most.
pub(super) struct Bounded<'a, W> {
    inner: W,
    watch: &'a Watch,
    bytes_max: u64,
    left: u64,
}

impl<W: Write> Write for Bounded<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.watch.check()?;
        if bytes.len() as u64 > self.left {
            return Err(self.watch.stop(ImageError::TooLarge(self.bytes_max)));
        }
        let written = self.inner.write(bytes).map_err(|error| self.watch.failed(error))?;
        self.left -= written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush().map_err(|error| self.watch.failed(error))
    }
}
