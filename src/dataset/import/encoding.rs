//! Which encoding a text file has, and its text as UTF-8.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, WINDOWS_1252};
use tokio_util::sync::CancellationToken;

use crate::dataset::error::DatasetError;

/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// The encoding of a file: what its byte order mark says, else UTF-8 if the whole file is
/// valid UTF-8, else Windows-1252, which holds every Latin-1 letter.
pub(super) fn detect(path: &Path, cancel: &CancellationToken) -> Result<&'static Encoding, DatasetError> {
    let failed = |e: io::Error| DatasetError::io(path, &e);
    let mut file = File::open(path).map_err(failed)?;
    let mut chunk = vec![0; CHUNK];
    let mut carried = 0;
    let mut first = true;
    loop {
        if cancel.is_cancelled() {
            return Err(DatasetError::Cancelled);
        }
        let Some(room) = chunk.get_mut(carried..) else { return Ok(WINDOWS_1252) };
        let read = file.read(room).map_err(failed)?;
        let bytes = chunk.get(..carried + read).unwrap_or_default();
        if std::mem::take(&mut first)
            && let Some((marked, _)) = Encoding::for_bom(bytes)
        {
            return Ok(marked);
        }
        let valid = match std::str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            Err(e) if e.error_len().is_none() && read > 0 => e.valid_up_to(),
            Err(_) => return Ok(WINDOWS_1252),
        };
        if read == 0 {
            return Ok(UTF_8);
        }
        carried = bytes.len() - valid;
        chunk.copy_within(valid..valid + carried, 0);
    }
}

/// A text file as UTF-8. It counts the file's bytes, and refuses to go on after `limit` of
/// them without [`Meter::mark`], so that a quote never closed does not fill the memory.
pub(super) struct Utf8Reader {
    file: BufReader<File>,
    decoder: Decoder,
    meter: Meter,
    input: Vec<u8>,
    input_from: usize,
    output: Vec<u8>,
    output_from: usize,
    ended: bool,
}

/// Bytes read from the file, all in all and since the last mark.
#[derive(Clone, Default)]
pub(super) struct Meter {
    total: Rc<Cell<u64>>,
    since_mark: Rc<Cell<u64>>,
    limit: u64,
}

impl Meter {
    pub(super) fn with_limit(limit: u64) -> Meter {
        Meter { limit, ..Meter::default() }
    }

    /// Bytes read so far.
    pub(super) fn total(&self) -> u64 {
        self.total.get()
    }

    /// A record has ended.
    pub(super) fn mark(&self) {
        self.since_mark.set(0);
    }

    fn add(&self, bytes: usize) -> io::Result<()> {
        self.total.set(self.total.get() + bytes as u64);
        self.since_mark.set(self.since_mark.get() + bytes as u64);
        if self.since_mark.get() > self.limit {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "record too long"));
        }
        Ok(())
    }
}

impl Utf8Reader {
    pub(super) fn open(path: &Path, encoding: &'static Encoding, meter: Meter) -> io::Result<Utf8Reader> {
        Ok(Utf8Reader {
            file: BufReader::with_capacity(CHUNK, File::open(path)?),
            decoder: encoding.new_decoder_with_bom_removal(),
            meter,
            input: vec![0; CHUNK],
            input_from: CHUNK,
            output: Vec::new(),
            output_from: 0,
            ended: false,
        })
    }

    /// Decodes the next chunk of the file into `output`.
    fn refill(&mut self) -> io::Result<()> {
        self.input.resize(CHUNK, 0);
        let read = self.file.read(&mut self.input)?;
        self.input.truncate(read);
        self.input_from = 0;
        self.ended = read == 0;
        self.meter.add(read)?;
        self.output.clear();
        self.output_from = 0;
        let room = self.decoder.max_utf8_buffer_length(read).unwrap_or(4 * CHUNK);
        self.output.resize(room, 0);
        let mut written = 0;
        loop {
            let input = self.input.get(self.input_from..).unwrap_or_default();
            let output = self.output.get_mut(written..).unwrap_or_default();
            let (result, used, made, _) = self.decoder.decode_to_utf8(input, output, self.ended);
            self.input_from += used;
            written += made;
            match result {
                CoderResult::InputEmpty => break,
                CoderResult::OutputFull => self.output.resize(self.output.len() + CHUNK, 0),
            }
        }
        self.output.truncate(written);
        Ok(())
    }
}

impl Read for Utf8Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.output_from >= self.output.len() && !self.ended {
            self.refill()?;
        }
        let ready = self.output.get(self.output_from..).unwrap_or_default();
        let count = ready.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.output_from += count;
        Ok(count)
    }
}
