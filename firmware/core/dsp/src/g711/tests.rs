use super::*;
use std::vec::Vec;

/// G.711 Table 2a/2b: the decision values' ends and the quantised values of the 14-bit scale, times 4; codes as sent.
#[test]
fn mu_law_reference_values() {
    for (code, value) in [
        (0x80u8, 8_031),
        (0x8F, 4_191),
        (0x9F, 2_079),
        (0xAF, 1_023),
        (0xBF, 495),
        (0xCF, 231),
        (0xDF, 99),
        (0xEF, 33),
    ] {
        assert_eq!(decode_ulaw(code), value * 4, "{code:#04x}");
        assert_eq!(decode_ulaw(code & 0x7F), -value * 4, "{code:#04x}");
    }
    assert_eq!((decode_ulaw(0xFF), decode_ulaw(0x7F)), (0, 0));
    assert_eq!((decode_ulaw(0xFE), decode_ulaw(0x7E)), (8, -8));
    assert_eq!(encode_ulaw(0), 0xFF);
    assert_eq!(encode_ulaw(i16::MAX), 0x80);
    assert_eq!(encode_ulaw(i16::MIN), 0x00);
}

/// G.711 Table 1a/1b: quantised values of the 13-bit scale, times 8; codes with even bits inverted, as sent.
#[test]
fn a_law_reference_values() {
    for (character, value) in [
        (0xFFu8, 4_032),
        (0xF0, 2_112),
        (0xE0, 1_056),
        (0xD0, 528),
        (0xC0, 264),
        (0xB0, 132),
        (0xA0, 66),
        (0x80, 1),
    ] {
        let code = character ^ 0x55;
        assert_eq!(decode_alaw(code), value * 8, "{character:#04x}");
        assert_eq!(decode_alaw(code ^ 0x80), -value * 8, "{character:#04x}");
    }
    assert_eq!(encode_alaw(0), 0xD5);
    assert_eq!(encode_alaw(-1), 0x55);
    assert_eq!(encode_alaw(i16::MAX), 0xAA);
    assert_eq!(encode_alaw(i16::MIN), 0x2A);
}

/// G.711 Tables 5 and 6: the digital milliwatt of 1 kHz measures 0 dBm0.
#[test]
fn the_digital_milliwatt_is_0_dbm0() {
    let ulaw = [0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E].map(decode_ulaw);
    let alaw = [0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4].map(decode_alaw);
    assert!(
        crate::level::dbm0(&ulaw).abs() < 0.1,
        "{}",
        crate::level::dbm0(&ulaw)
    );
    assert!(
        crate::level::dbm0(&alaw).abs() < 0.1,
        "{}",
        crate::level::dbm0(&alaw)
    );
}

/// Decision values x_0 to x_128 of one polarity, from columns 1 and 2 of the tables: (intervals, their size) from zero up.
fn decision_values(segments: &[(u32, u32)]) -> Vec<u32> {
    let mut values = std::vec![0];
    for &(intervals, size) in segments {
        for _ in 0..intervals {
            values.push(values[values.len() - 1] + size);
        }
    }
    values
}

/// G.711 Table 1a: 32 intervals of 2, then 16 each of 4 to 128. 13-bit scale.
fn a_law_decisions() -> Vec<u32> {
    decision_values(&[
        (32, 2),
        (16, 4),
        (16, 8),
        (16, 16),
        (16, 32),
        (16, 64),
        (16, 128),
    ])
}

/// G.711 Table 2a: one interval of 1, 15 of 2, then 16 each of 4 to 256. 14-bit scale.
fn mu_law_decisions() -> Vec<u32> {
    decision_values(&[
        (1, 1),
        (15, 2),
        (16, 4),
        (16, 8),
        (16, 16),
        (16, 32),
        (16, 64),
        (16, 128),
        (16, 256),
    ])
}

/// The decision values printed in the tables where segments meet, by number.
#[test]
fn the_decision_values_are_those_of_the_tables() {
    let a = a_law_decisions();
    let printed = [
        (0, 0),
        (1, 2),
        (32, 64),
        (48, 128),
        (64, 256),
        (80, 512),
        (96, 1_024),
        (112, 2_048),
        (127, 3_968),
        (128, 4_096),
    ];
    assert_eq!(a.len(), 129);
    for (n, x) in printed {
        assert_eq!(a[n], x, "A-law x_{n}");
    }
    let mu = mu_law_decisions();
    let printed = [
        (0, 0),
        (1, 1),
        (2, 3),
        (16, 31),
        (32, 95),
        (48, 223),
        (64, 479),
        (80, 991),
        (96, 2_015),
        (112, 4_063),
        (127, 7_903),
        (128, 8_159),
    ];
    assert_eq!(mu.len(), 129);
    for (n, x) in printed {
        assert_eq!(mu[n], x, "mu-law x_{n}");
    }
}

/// The tables read line by line: which interval holds `magnitude`; beyond the last decision value the last one does (Note 2).
fn interval(decisions: &[u32], magnitude: u32) -> usize {
    (1..128)
        .rev()
        .find(|&n| decisions[n] <= magnitude)
        .unwrap_or(0)
}

/// Table 1: character signal 128 + n for positive values of interval n, n for negative, even bits inverted. The bound between two
/// negative intervals belongs to the smaller, and -1 of 16 bits to the negative half.
fn slow_a_law(x: i16, decisions: &[u32]) -> u8 {
    let (sign, magnitude) = if x < 0 {
        (0, -i32::from(x) - 1)
    } else {
        (128, i32::from(x))
    };
    (sign + interval(decisions, magnitude as u32 / 8) as u8) ^ 0x55
}

/// Table 2: character signal 255 - n for positive values of interval n, 127 - n for negative.
fn slow_mu_law(x: i16, decisions: &[u32]) -> u8 {
    let top = if x < 0 { 127 } else { 255 };
    top - interval(decisions, x.unsigned_abs() as u32 / 4) as u8
}

#[test]
fn every_sample_is_encoded_as_the_tables_say() {
    let (a, mu) = (a_law_decisions(), mu_law_decisions());
    for x in i16::MIN..=i16::MAX {
        assert_eq!(encode_alaw(x), slow_a_law(x, &a), "A-law {x}");
        assert_eq!(encode_ulaw(x), slow_mu_law(x, &mu), "mu-law {x}");
    }
}

/// y_n is the middle of its interval (Tables 1 and 2, column 8), but mu-law's y_0 is zero.
#[test]
fn every_code_decodes_to_the_middle_of_its_interval() {
    let (a, mu) = (a_law_decisions(), mu_law_decisions());
    for n in 0..128usize {
        let y = 8 * (a[n] + a[n + 1]) as i32 / 2;
        assert_eq!(i32::from(decode_alaw((128 + n as u8) ^ 0x55)), y);
        assert_eq!(i32::from(decode_alaw(n as u8 ^ 0x55)), -y);
        let y = if n == 0 {
            0
        } else {
            4 * (mu[n] + mu[n + 1]) as i32 / 2
        };
        assert_eq!(i32::from(decode_ulaw(255 - n as u8)), y);
        assert_eq!(i32::from(decode_ulaw(127 - n as u8)), -y);
    }
}

/// Coding what was decoded changes nothing, however often: levels do not creep through a chain of exchanges.
#[test]
fn coding_twice_is_coding_once_and_order_is_kept() {
    let (mut a_before, mut mu_before) = (i16::MIN, i16::MIN);
    for x in i16::MIN..=i16::MAX {
        let (a, mu) = (decode_alaw(encode_alaw(x)), decode_ulaw(encode_ulaw(x)));
        assert_eq!(decode_alaw(encode_alaw(a)), a);
        assert_eq!(decode_ulaw(encode_ulaw(mu)), mu);
        assert!(a >= a_before && mu >= mu_before, "{x}");
        (a_before, mu_before) = (a, mu);
    }
}

/// G.711 §3.4: a mu-law code carried over an A-law link and back differs by one step at most, and only where A-law is the coarser.
#[test]
fn a_code_carried_over_the_other_law_comes_back_within_one_step() {
    let mut changed = 0;
    for code in 0..=255u8 {
        let there_and_back = encode_ulaw(decode_alaw(encode_alaw(decode_ulaw(code))));
        assert!(
            (there_and_back & 0x7F).abs_diff(code & 0x7F) <= 1,
            "{code:#04x}: {there_and_back:#04x}"
        );
        changed += u32::from(there_and_back != code);
    }
    assert!(changed <= 32, "{changed}");
}

#[test]
fn every_code_survives_the_round_trip() {
    for code in 0..=255u8 {
        assert_eq!(encode_alaw(decode_alaw(code)), code);
        // Mu-law has two zeros; negative zero (0x7F) becomes positive.
        let expected = if code == 0x7F { 0xFF } else { code };
        assert_eq!(encode_ulaw(decode_ulaw(code)), expected);
    }
}

/// Steps double with each segment: 2 to 256 of 8 192 in mu-law, 2 to 128 of 4 096 in A-law. The error is half a step at most.
#[test]
fn the_error_of_every_sample_is_within_half_a_step() {
    for x in i16::MIN..=i16::MAX {
        let x32 = i32::from(x);
        let ulaw_step = (x32.abs().min(32_635) + 0x84) / 16;
        let alaw_step = (x32.abs() / 16).max(16);
        let ulaw_error = (i32::from(decode_ulaw(encode_ulaw(x))) - x32).abs();
        let alaw_error = (i32::from(decode_alaw(encode_alaw(x))) - x32).abs();
        let clipped = (x32.abs() - 32_635).max(0);
        assert!(
            ulaw_error <= ulaw_step / 2 + clipped,
            "mu-law {x}: {ulaw_error}"
        );
        assert!(alaw_error <= alaw_step / 2, "A-law {x}: {alaw_error}");
    }
}
