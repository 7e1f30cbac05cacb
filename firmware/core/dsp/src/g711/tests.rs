use super::*;

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
