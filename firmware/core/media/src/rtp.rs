//! The RTP packet on the wire (RFC 3550 §5.1): a checked view and an in-place writer.

/// Octets of the fixed header.
pub const HEADER: usize = 12;

/// Why a datagram is no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtpError {
    /// Shorter than its header, CSRC list or extension says.
    Truncated {
        /// Octets needed.
        needed: usize,
        /// Octets there.
        got: usize,
    },
    /// Not version 2.
    Version(u8),
    /// The padding count is zero or longer than the payload.
    Padding(u8),
}

/// The fields of the header that a sender chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// First packet of a talkspurt or event.
    pub marker: bool,
    /// 0 to 127.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Sampling moment of the first octet, in 1/8000 s.
    pub timestamp: u32,
    /// Synchronization source.
    pub ssrc: u32,
}

impl Header {
    /// Writes the header into the first [`HEADER`] octets of `out`: version 2, no padding, extension or CSRC.
    pub fn emit(&self) -> [u8; HEADER] {
        let mut out = [0; HEADER];
        out[0] = 0x80;
        self.write_into(&mut out);
        out
    }

    /// Overwrites the fields in a packet that [`parse`] accepted; version, padding, extension and CSRC stay.
    pub(crate) fn write_into(&self, packet: &mut [u8]) {
        packet[1] = u8::from(self.marker) << 7 | (self.payload_type & 0x7F);
        packet[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        packet[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        packet[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
    }
}

/// A valid packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpPacket<'a> {
    /// Its header.
    pub header: Header,
    /// What it carries, without CSRC list, extension and padding.
    pub payload: &'a [u8],
}

/// Reads a datagram from the network, whatever it is.
///
/// # Errors
/// It is not RTP version 2, or its lengths contradict each other (RFC 3550 A.1).
pub fn parse(datagram: &[u8]) -> Result<RtpPacket<'_>, RtpError> {
    let got = datagram.len();
    let truncated = |needed| RtpError::Truncated { needed, got };
    let fixed: &[u8; HEADER] = datagram.first_chunk().ok_or(truncated(HEADER))?;
    if fixed[0] >> 6 != 2 {
        return Err(RtpError::Version(fixed[0] >> 6));
    }
    let mut start = HEADER + 4 * usize::from(fixed[0] & 0x0F);
    if fixed[0] & 0x10 != 0 {
        // Profile (2 octets), then the length in 32-bit words without these four octets.
        let length = datagram
            .get(start + 2..start + 4)
            .ok_or(truncated(start + 4))?;
        start += 4 + 4 * usize::from(u16::from_be_bytes([length[0], length[1]]));
    }
    let mut payload = datagram.get(start..).ok_or(truncated(start))?;
    if fixed[0] & 0x20 != 0 {
        let padding = payload.last().copied().unwrap_or(0);
        let kept = payload.len().checked_sub(usize::from(padding));
        match kept {
            Some(kept) if padding > 0 => payload = &payload[..kept],
            _ => return Err(RtpError::Padding(padding)),
        }
    }
    let word =
        |at: usize| u32::from_be_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
    let header = Header {
        marker: fixed[1] & 0x80 != 0,
        payload_type: fixed[1] & 0x7F,
        sequence: u16::from_be_bytes([fixed[2], fixed[3]]),
        timestamp: word(4),
        ssrc: word(8),
    };
    Ok(RtpPacket { header, payload })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: Header = Header {
        marker: true,
        payload_type: 8,
        sequence: 0xFFFF,
        timestamp: 0xFFFF_FFFE,
        ssrc: 0x0102_0304,
    };

    fn packet(first: u8, rest: &[u8]) -> Vec<u8> {
        let mut out = HEAD.emit().to_vec();
        out[0] = first;
        out.extend_from_slice(rest);
        out
    }

    #[test]
    fn csrc_extension_and_padding_are_taken_off() {
        let mut rest = vec![9; 8]; // two CSRC
        rest.extend_from_slice(&[0xBE, 0xDE, 0, 1, 1, 2, 3, 4]); // extension of one word
        rest.extend_from_slice(&[7, 7, 7, 0, 0, 3]); // three octets, three of padding
        let bytes = packet(0x80 | 0x20 | 0x10 | 2, &rest);
        let got = parse(&bytes).unwrap();
        assert_eq!(got.header, HEAD);
        assert_eq!(got.payload, [7, 7, 7]);
    }

    #[test]
    fn contradicting_lengths_are_errors() {
        let e = |first, rest: &[u8]| parse(&packet(first, rest)).unwrap_err();
        assert_eq!(
            parse(&[0x80; 11]),
            Err(RtpError::Truncated {
                needed: 12,
                got: 11
            })
        );
        assert_eq!(parse(&[]), Err(RtpError::Truncated { needed: 12, got: 0 }));
        assert_eq!(e(0x40, &[]), RtpError::Version(1));
        assert_eq!(
            e(0x82, &[0; 7]),
            RtpError::Truncated {
                needed: 20,
                got: 19
            }
        );
        assert_eq!(
            e(0x90, &[0; 3]),
            RtpError::Truncated {
                needed: 16,
                got: 15
            }
        );
        assert_eq!(
            e(0x90, &[0, 0, 0, 2, 1]),
            RtpError::Truncated {
                needed: 24,
                got: 17
            }
        );
        assert_eq!(e(0xA0, &[1, 2, 4]), RtpError::Padding(4));
        assert_eq!(e(0xA0, &[1, 2, 0]), RtpError::Padding(0));
        assert_eq!(e(0xA0, &[]), RtpError::Padding(0));
        assert_eq!(parse(&packet(0xA0, &[1, 2, 3])).unwrap().payload, []);
    }

    proptest! {
        #[test]
        fn any_datagram_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(packet) = parse(&bytes) {
                prop_assert!(packet.payload.len() + HEADER <= bytes.len());
                let mut copy = bytes.clone();
                packet.header.write_into(&mut copy);
                prop_assert_eq!(copy, bytes);
            }
        }

        #[test]
        fn what_is_written_is_read(marker: bool, payload_type in 0u8..128, sequence: u16, timestamp: u32, ssrc: u32) {
            let header = Header { marker, payload_type, sequence, timestamp, ssrc };
            prop_assert_eq!(parse(&header.emit()).unwrap().header, header);
        }
    }
}
