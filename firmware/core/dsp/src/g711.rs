//! ITU-T G.711 mu-law and A-law, 16-bit linear at both ends.

const ULAW_BIAS: i32 = 0x84;
const ULAW_CLIP: i32 = 32_635;

const ULAW: [i16; 256] = table(false);
const ALAW: [i16; 256] = table(true);

const fn table(alaw: bool) -> [i16; 256] {
    let mut out = [0i16; 256];
    let mut code = 0;
    while code < 256 {
        out[code] = if alaw {
            expand_alaw(code as u8)
        } else {
            expand_ulaw(code as u8)
        };
        code += 1;
    }
    out
}

/// G.711 Table 2: 14-bit values, here scaled by 4 to 16 bits.
const fn expand_ulaw(code: u8) -> i16 {
    let code = !code;
    let exponent = (code >> 4) & 7;
    let mantissa = (code & 15) as i32;
    let magnitude = (((mantissa << 3) + ULAW_BIAS) << exponent) - ULAW_BIAS;
    (if code & 0x80 != 0 {
        -magnitude
    } else {
        magnitude
    }) as i16
}

/// G.711 Table 1: 13-bit values, here scaled by 8 to 16 bits; even bits are inverted on the line.
const fn expand_alaw(code: u8) -> i16 {
    let code = code ^ 0x55;
    let exponent = (code >> 4) & 7;
    let mantissa = ((code & 15) as i32) << 4;
    let magnitude = if exponent == 0 {
        mantissa + 8
    } else {
        (mantissa + 0x108) << (exponent - 1)
    };
    (if code & 0x80 != 0 {
        magnitude
    } else {
        -magnitude
    }) as i16
}

/// One mu-law octet of a sample (G.711 Table 2, character signals as transmitted). `0xFF` is zero.
pub fn encode_ulaw(sample: i16) -> u8 {
    let x = i32::from(sample);
    let sign = if x < 0 { 0x80u8 } else { 0 };
    let magnitude = x.abs().min(ULAW_CLIP) + ULAW_BIAS;
    // The bias puts the leading one at bit 7 for segment 0, bit 14 for segment 7.
    let exponent = (24 - magnitude.leading_zeros()) as u8;
    let mantissa = ((magnitude >> (exponent + 3)) & 15) as u8;
    !(sign | (exponent << 4) | mantissa)
}

/// One A-law octet of a sample (G.711 Table 1, even bits inverted as transmitted). `0xD5` is the smallest positive value.
pub fn encode_alaw(sample: i16) -> u8 {
    let x = i32::from(sample);
    // A-law has no zero: -1 >> 4 in one's complement is magnitude 0 of the negative half.
    let (sign, magnitude) = if x >= 0 { (0x80u8, x) } else { (0, !x) };
    let code = if magnitude < 256 {
        (magnitude >> 4) as u8
    } else {
        let exponent = (24 - (magnitude as u32).leading_zeros()) as u8;
        (exponent << 4) | ((magnitude >> (exponent + 3)) & 15) as u8
    };
    (sign | code) ^ 0x55
}

/// The sample a mu-law octet stands for (G.711 Table 2).
pub fn decode_ulaw(code: u8) -> i16 {
    ULAW[usize::from(code)]
}

/// The sample an A-law octet stands for (G.711 Table 1).
pub fn decode_alaw(code: u8) -> i16 {
    ALAW[usize::from(code)]
}

#[cfg(test)]
mod tests;
