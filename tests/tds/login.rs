//! Prelogin and LOGIN7 as a server reads them (MS-TDS 2.2.6.4 and 2.2.6.5).

/// What a client told of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Login {
    pub user: String,
    pub password: String,
    pub application: String,
    pub server: String,
    pub database: String,
    pub read_only: bool,
    pub encrypted: bool,
}

impl Login {
    pub fn read(content: &[u8]) -> Login {
        let field = |at: usize| {
            let number = |at: usize| usize::from(u16::from_le_bytes([content[at], content[at + 1]]));
            let (start, units) = (number(at), number(at + 2));
            content[start..start + units * 2].to_vec()
        };
        let text = |bytes: Vec<u8>| {
            let units: Vec<u16> =
                bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).expect("a valid text")
        };
        let secret = field(44).into_iter().map(|byte| (byte ^ 0xA5).rotate_left(4)).collect();
        Login {
            user: text(field(40)),
            password: text(secret),
            application: text(field(48)),
            server: text(field(52)),
            database: text(field(68)),
            read_only: content[26] & 0x20 != 0,
            encrypted: false,
        }
    }
}

/// What a client asks of encryption: 0 off, 1 on, 2 not supported, 3 required.
pub fn asked_encryption(content: &[u8]) -> u8 {
    let mut at = 0;
    while content[at] != 0xFF {
        if content[at] == 1 {
            let offset = usize::from(u16::from_be_bytes([content[at + 1], content[at + 2]]));
            return content[offset];
        }
        at += 5;
    }
    panic!("a prelogin without encryption");
}

/// The answer to a prelogin.
pub fn prelogin(encryption: u8) -> Vec<u8> {
    let mut bytes = vec![0, 0, 21, 0, 6, 1, 0, 27, 0, 1, 2, 0, 28, 0, 1, 3, 0, 29, 0, 0, 0xFF];
    bytes.extend([16, 0, 16, 53, 0, 0, encryption, 0]);
    bytes
}
