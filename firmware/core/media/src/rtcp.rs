//! RTCP on the wire (RFC 3550 §6): reading sender and receiver reports out of compound packets, writing ours.

use crate::words::Packet;

const SR: u8 = 200;
const RR: u8 = 201;
const SDES: u8 = 202;
const BYE: u8 = 203;
const BLOCK: usize = 24;

/// Why a datagram is no compound RTCP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpError {
    /// Nothing, or less than a header, or a packet longer than what is left.
    Truncated {
        /// Octets needed.
        needed: usize,
        /// Octets there.
        got: usize,
    },
    /// Not version 2.
    Version(u8),
    /// The first packet of a compound must be a report (RFC 3550 A.2).
    FirstPacket(u8),
    /// More report blocks announced than the packet has room for.
    Blocks(u8),
}

/// What a sender says about its clocks (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderInfo {
    /// The sender's wall clock, 32.32 seconds.
    pub ntp: u64,
    /// The same moment as an RTP timestamp.
    pub rtp: u32,
    /// Packets sent.
    pub packets: u32,
    /// Payload octets sent.
    pub octets: u32,
}

/// What a receiver says about one source (RFC 3550 §6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The source reported on.
    pub ssrc: u32,
    /// Lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Lost since the beginning, -2^23 to 2^23 - 1.
    pub lost: i32,
    /// Highest sequence number with its cycles.
    pub highest: u32,
    /// Interarrival jitter, in timestamp units.
    pub jitter: u32,
    /// Middle 32 bits of the last sender report's wall clock.
    pub lsr: u32,
    /// Delay since that report, in 1/65536 s.
    pub dlsr: u32,
}

/// One packet of a compound that matters to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpItem {
    /// A sender's clocks.
    Sender {
        /// Who.
        ssrc: u32,
        /// What.
        info: SenderInfo,
    },
    /// A report on somebody, perhaps on us.
    Report(ReportBlock),
    /// The source leaves.
    Bye {
        /// Who.
        ssrc: u32,
    },
}

/// The items of a datagram that [`parse`] accepted.
#[derive(Clone, Debug)]
pub struct RtcpItems<'a> {
    /// The packets not yet begun.
    rest: &'a [u8],
    /// Report blocks of the packet begun.
    blocks: &'a [u8],
}

/// Reads a datagram from the network, whatever it is.
///
/// # Errors
/// It is no compound packet of RFC 3550 §6.1: nothing in it is to be believed then.
pub fn parse(datagram: &[u8]) -> Result<RtcpItems<'_>, RtcpError> {
    let mut rest = datagram;
    let mut first = true;
    while first || !rest.is_empty() {
        let Piece {
            kind,
            count,
            body,
            next,
        } = split(rest)?;
        if first && kind != SR && kind != RR {
            return Err(RtcpError::FirstPacket(kind));
        }
        let fixed = match kind {
            SR => 24,
            RR => 4,
            _ => 0,
        };
        if fixed > 0 && body.len() < fixed + BLOCK * usize::from(count) {
            return Err(RtcpError::Blocks(count));
        }
        first = false;
        rest = next;
    }
    Ok(RtcpItems {
        rest: datagram,
        blocks: &[],
    })
}

/// The first packet of a compound.
struct Piece<'a> {
    kind: u8,
    count: u8,
    /// After the header.
    body: &'a [u8],
    /// What follows it.
    next: &'a [u8],
}

fn split(compound: &[u8]) -> Result<Piece<'_>, RtcpError> {
    let got = compound.len();
    let header: &[u8; 4] = compound
        .first_chunk()
        .ok_or(RtcpError::Truncated { needed: 4, got })?;
    if header[0] >> 6 != 2 {
        return Err(RtcpError::Version(header[0] >> 6));
    }
    let needed = 4 + 4 * usize::from(u16::from_be_bytes([header[2], header[3]]));
    let body = compound
        .get(4..needed)
        .ok_or(RtcpError::Truncated { needed, got })?;
    Ok(Piece {
        kind: header[1],
        count: header[0] & 0x1F,
        body,
        next: &compound[needed..],
    })
}

/// The big-endian word at `at`, zero beyond the end.
fn word(bytes: &[u8], at: usize) -> u32 {
    let octets = bytes.get(at..at + 4).and_then(|b| b.try_into().ok());
    octets.map_or(0, u32::from_be_bytes)
}

impl Iterator for RtcpItems<'_> {
    type Item = RtcpItem;

    fn next(&mut self) -> Option<RtcpItem> {
        loop {
            if let Some((block, rest)) = self.blocks.split_at_checked(BLOCK) {
                self.blocks = rest;
                return Some(RtcpItem::Report(read_block(block)));
            }
            let Piece {
                kind,
                count,
                body,
                next,
            } = split(self.rest).ok()?;
            self.rest = next;
            let blocks = BLOCK * usize::from(count);
            match kind {
                SR => {
                    self.blocks = body.get(24..24 + blocks).unwrap_or(&[]);
                    let ntp = u64::from(word(body, 4)) << 32 | u64::from(word(body, 8));
                    let info = SenderInfo {
                        ntp,
                        rtp: word(body, 12),
                        packets: word(body, 16),
                        octets: word(body, 20),
                    };
                    let ssrc = word(body, 0);
                    return Some(RtcpItem::Sender { ssrc, info });
                }
                RR => self.blocks = body.get(4..4 + blocks).unwrap_or(&[]),
                BYE if count > 0 => {
                    return Some(RtcpItem::Bye {
                        ssrc: word(body, 0),
                    });
                }
                _ => {}
            }
        }
    }
}

fn read_block(block: &[u8]) -> ReportBlock {
    let loss = word(block, 4);
    ReportBlock {
        ssrc: word(block, 0),
        fraction_lost: (loss >> 24) as u8,
        // Sign-extends the lower 24 bits.
        lost: ((loss << 8) as i32) >> 8,
        highest: word(block, 8),
        jitter: word(block, 12),
        lsr: word(block, 16),
        dlsr: word(block, 20),
    }
}

/// Writes a compound: a sender report when `info` is there, else a receiver report; then SDES CNAME, then BYE if `bye`.
pub(crate) fn emit(
    ssrc: u32,
    info: Option<SenderInfo>,
    block: Option<ReportBlock>,
    cname: &[u8; 16],
    bye: bool,
) -> Packet {
    let mut out = Packet::new();
    let count = u8::from(block.is_some());
    let words = 1 + if info.is_some() { 5 } else { 0 } + 6 * u16::from(count);
    let kind = if info.is_some() { SR } else { RR };
    header(&mut out, count, kind, words);
    out.push(&ssrc.to_be_bytes());
    if let Some(info) = info {
        out.push(&info.ntp.to_be_bytes());
        for value in [info.rtp, info.packets, info.octets] {
            out.push(&value.to_be_bytes());
        }
    }
    if let Some(block) = block {
        let lost = block.lost.clamp(-0x80_0000, 0x7F_FFFF) as u32 & 0xFF_FFFF;
        let loss = u32::from(block.fraction_lost) << 24 | lost;
        for value in [
            block.ssrc,
            loss,
            block.highest,
            block.jitter,
            block.lsr,
            block.dlsr,
        ] {
            out.push(&value.to_be_bytes());
        }
    }
    // One chunk: SSRC, CNAME (1) of 16 octets, end, and padding to a word: 4 + 2 + 16 + 2.
    header(&mut out, 1, SDES, 6);
    out.push(&ssrc.to_be_bytes());
    out.push(&[1, cname.len() as u8]);
    out.push(cname);
    out.push(&[0, 0]);
    if bye {
        header(&mut out, 1, BYE, 1);
        out.push(&ssrc.to_be_bytes());
    }
    out
}

fn header(out: &mut Packet, count: u8, kind: u8, words: u16) {
    out.push(&[0x80 | count, kind]);
    out.push(&words.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INFO: SenderInfo = SenderInfo {
        ntp: 0x0102_0304_0506_0708,
        rtp: 9,
        packets: 10,
        octets: 1600,
    };
    const NAME: [u8; 16] = *b"0123456789abcdef";

    fn block(lost: i32) -> ReportBlock {
        ReportBlock {
            ssrc: 77,
            fraction_lost: 25,
            lost,
            highest: 0x1_0005,
            jitter: 31,
            lsr: 0x0304_0506,
            dlsr: 65_536,
        }
    }

    #[test]
    fn a_written_compound_reads_back() {
        for lost in [0, 5, -5, 0x7F_FFFF, -0x80_0000] {
            let packet = emit(42, Some(INFO), Some(block(lost)), &NAME, true);
            assert_eq!(packet.len() % 4, 0);
            let items: Vec<_> = parse(&packet).unwrap().collect();
            let sender = RtcpItem::Sender {
                ssrc: 42,
                info: INFO,
            };
            assert_eq!(
                items,
                [
                    sender,
                    RtcpItem::Report(block(lost)),
                    RtcpItem::Bye { ssrc: 42 }
                ]
            );
        }
        let empty = emit(42, None, None, &NAME, false);
        assert_eq!(parse(&empty).unwrap().count(), 0);
    }

    #[test]
    fn what_is_no_compound_is_refused() {
        assert_eq!(
            parse(&[]).unwrap_err(),
            RtcpError::Truncated { needed: 4, got: 0 }
        );
        assert_eq!(
            parse(&[0x80, SDES, 0, 0]).unwrap_err(),
            RtcpError::FirstPacket(SDES)
        );
        assert_eq!(parse(&[0x00, RR, 0, 0]).unwrap_err(), RtcpError::Version(0));
        assert_eq!(
            parse(&[0x81, RR, 0, 1, 0, 0, 0, 1]).unwrap_err(),
            RtcpError::Blocks(1)
        );
        let whole = emit(42, Some(INFO), Some(block(1)), &NAME, true);
        for len in 0..whole.len() {
            // Cut between two packets it is a compound; anywhere else it is none.
            assert_eq!(
                parse(&whole[..len]).is_ok(),
                [52, 80].contains(&len),
                "{len}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_datagram_is_read_or_refused(mut bytes in proptest::collection::vec(any::<u8>(), 0..120), likely: bool) {
            if likely && bytes.len() >= 4 {
                bytes[0] = 0x80 | bytes[0] & 0x1F;
                bytes[1] = SR + bytes[1] % 4;
                bytes[2] = 0;
                bytes[3] %= 32;
            }
            if let Ok(items) = parse(&bytes) {
                prop_assert!(items.count() <= bytes.len() / 4);
            }
        }
    }
}
