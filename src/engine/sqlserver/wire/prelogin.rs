//! The first message of TDS: whether there will be TLS.
//!
//! MS-TDS 2.2.6.5. A table of options (token, offset, length, big-endian) and their data.

/// How many bytes an answer to it may have.
const MOST: usize = 4096;

/// What the two sides say about encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Only the login is encrypted.
    Off,
    /// Everything is encrypted.
    On,
    /// There is no encryption.
    NotSupported,
    /// Everything must be encrypted.
    Required,
}

impl Encryption {
    fn from_wire(byte: u8) -> Option<Encryption> {
        // The high bits speak of client certificates.
        match byte & 0x0F {
            0 => Some(Encryption::Off),
            1 => Some(Encryption::On),
            2 => Some(Encryption::NotSupported),
            3 => Some(Encryption::Required),
            _ => None,
        }
    }

    fn wire(self) -> u8 {
        match self {
            Encryption::Off => 0,
            Encryption::On => 1,
            Encryption::NotSupported => 2,
            Encryption::Required => 3,
        }
    }
}

const VERSION: u8 = 0;
const ENCRYPTION: u8 = 1;
const INSTANCE: u8 = 2;
const THREAD: u8 = 3;
const MARS: u8 = 4;
const END: u8 = 0xFF;

/// The message as either side sends it: without instance, thread and multiplexing.
pub fn message(encryption: Encryption) -> Vec<u8> {
    let options: [(u8, &[u8]); 5] = [
        (VERSION, &[16, 0, 0, 0, 0, 0]),
        (ENCRYPTION, &[encryption.wire()]),
        (INSTANCE, &[0]),
        (THREAD, &[0, 0, 0, 0]),
        (MARS, &[0]),
    ];
    let mut table = Vec::new();
    let mut data: Vec<u8> = Vec::new();
    let start = options.len() * 5 + 1;
    for (token, content) in options {
        let [high, low] = u16::try_from(start + data.len()).unwrap_or_default().to_be_bytes();
        table.extend([token, high, low, 0, content.len() as u8]);
        data.extend(content);
    }
    table.push(END);
    table.extend(data);
    table
}

/// What an answer says about encryption; `None` when it is no prelogin.
pub fn read(answer: &[u8]) -> Option<Encryption> {
    if answer.len() > MOST {
        return None;
    }
    let mut rest = answer;
    loop {
        let (&token, after) = rest.split_first()?;
        if token == END {
            return None;
        }
        let (&[o1, o2, _, _], after) = after.split_first_chunk::<4>()?;
        if token == ENCRYPTION {
            let byte = answer.get(usize::from(u16::from_be_bytes([o1, o2])))?;
            return Encryption::from_wire(*byte);
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for said in [Encryption::Off, Encryption::On, Encryption::NotSupported, Encryption::Required] {
            assert_eq!(read(&message(said)), Some(said));
        }
        assert_eq!(read(&[END]), None);
    }

    proptest! {
        #[test]
        fn no_bytes_upset_the_reader(noise in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&noise);
        }
    }
}
