//! WebSocket frames as bytes (RFC 6455, section 5.2): where one ends, and what a text says.

/// The bytes of one frame.
pub(super) struct Frame {
    pub(super) bytes: Vec<u8>,
    payload_start: usize,
}

const TEXT: u8 = 1;

impl Frame {
    /// Takes the first whole frame out of `buffer`, if there is one.
    pub(super) fn take(buffer: &mut Vec<u8>) -> Option<Self> {
        let (payload_start, length) = header(buffer)?;
        if buffer.len() < payload_start + length {
            return None;
        }
        let rest = buffer.split_off(payload_start + length);
        Some(Self { bytes: std::mem::replace(buffer, rest), payload_start })
    }

    /// Whether it is a whole text message; others are left alone.
    pub(super) fn is_text(&self) -> bool {
        self.bytes[0] & 0x8f == 0x80 | TEXT
    }

    /// Whether a server's frame is an `ack`.
    pub(super) fn is_ack(&self) -> bool {
        self.bytes[self.payload_start..].starts_with(br#"{"type":"ack""#)
    }
}

/// Where the payload starts and how long it is.
fn header(buffer: &[u8]) -> Option<(usize, usize)> {
    let (mask_bytes, short) = match *buffer.get(1)? {
        byte if byte & 0x80 != 0 => (4, byte & 0x7f),
        byte => (0, byte),
    };
    let number = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
    Some(match short {
        126 => (4 + mask_bytes, number(buffer.get(2..4)?)),
        127 => (10 + mask_bytes, number(buffer.get(2..10)?)),
        short => (2 + mask_bytes, usize::from(short)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length_are_cut_where_they_end() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let mut whole = vec![0x81];
            match length {
                0..126 => whole.push(length as u8),
                126..65_536 => {
                    whole.push(126);
                    whole.extend((length as u16).to_be_bytes());
                }
                _ => {
                    whole.push(127);
                    whole.extend((length as u64).to_be_bytes());
                }
            }
            whole.resize(whole.len() + length, b'x');
            let mut buffer = whole.clone();
            let last = buffer.pop();
            assert!(Frame::take(&mut buffer).is_none(), "{length}");
            buffer.extend(last);
            buffer.push(0x88);
            let frame = Frame::take(&mut buffer).expect("whole");
            assert!(frame.is_text());
            assert_eq!((frame.bytes, buffer), (whole, vec![0x88]));
        }
    }
}
