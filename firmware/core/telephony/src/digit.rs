use core::fmt;

/// One of the sixteen DTMF signals (ITU-T Q.23): `0`-`9`, `*`, `#`, `A`-`D`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digit(u8);

/// The character is none of the sixteen DTMF signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADigit(pub char);

const CHARS: [u8; 16] = *b"0123456789*#ABCD";

impl Digit {
    /// `*`
    pub const STAR: Digit = Digit(10);
    /// `#`
    pub const POUND: Digit = Digit(11);

    /// The digit of `c`; letters in either case.
    pub fn from_char(c: char) -> Result<Digit, NotADigit> {
        let upper = c.to_ascii_uppercase();
        let code = CHARS
            .iter()
            .position(|&b| b as char == upper)
            .ok_or(NotADigit(c))?;
        Ok(Digit(code as u8))
    }

    /// The digit of an RFC 4733 §3.2 DTMF event code (0-15); `None` for other events.
    pub const fn from_event(code: u8) -> Option<Digit> {
        if code < 16 { Some(Digit(code)) } else { None }
    }

    /// The RFC 4733 §3.2 event code: 0-9, `*` 10, `#` 11, `A`-`D` 12-15.
    pub const fn event(self) -> u8 {
        self.0
    }

    /// The character.
    pub const fn as_char(self) -> char {
        CHARS[self.0 as usize] as char
    }
}

impl fmt::Debug for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_char())
    }
}

impl fmt::Display for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_char())
    }
}

/// Up to [`Digits::CAPACITY`] digits in a row.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digits {
    chars: [u8; Digits::CAPACITY],
    len: u8,
}

impl Digits {
    /// Longest string of digits. E.164 needs 15; prefixes, carrier codes and authorisation codes come on top.
    pub const CAPACITY: usize = 40;
    /// No digits.
    pub const EMPTY: Digits = Digits {
        chars: [0; Digits::CAPACITY],
        len: 0,
    };

    /// Reads digits; characters beyond [`Digits::CAPACITY`] are an error of the last one that did not fit.
    pub fn parse(text: &str) -> Result<Digits, NotADigit> {
        let mut out = Digits::EMPTY;
        for c in text.chars() {
            out.push(Digit::from_char(c)?).map_err(|_| NotADigit(c))?;
        }
        Ok(out)
    }

    /// Appends a digit, or gives it back when full.
    pub fn push(&mut self, digit: Digit) -> Result<(), Digit> {
        let slot = self.chars.get_mut(self.len as usize).ok_or(digit)?;
        *slot = digit.as_char() as u8;
        self.len += 1;
        Ok(())
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.chars[..self.len as usize]).unwrap_or("")
    }

    /// The digits, first to last.
    pub fn iter(&self) -> impl Iterator<Item = Digit> + '_ {
        self.as_str()
            .chars()
            .filter_map(|c| Digit::from_char(c).ok())
    }

    /// How many.
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl Default for Digits {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_codes_are_those_of_rfc_4733() {
        let all = "0123456789*#ABCD";
        for (code, c) in all.chars().enumerate() {
            let digit = Digit::from_char(c).unwrap();
            assert_eq!(digit.event() as usize, code);
            assert_eq!(Digit::from_event(digit.event()), Some(digit));
            assert_eq!(digit.as_char(), c);
        }
        assert_eq!(Digit::from_event(16), None);
        assert_eq!(Digit::from_char('x'), Err(NotADigit('x')));
    }

    #[test]
    fn a_string_of_digits_is_bounded() {
        assert_eq!(Digits::parse("0*#d").unwrap().as_str(), "0*#D");
        assert!(Digits::parse("12 3").is_err());
        let forty = "0123456789012345678901234567890123456789";
        assert_eq!(Digits::parse(forty).unwrap().len(), 40);
        let mut full = Digits::parse(forty).unwrap();
        assert_eq!(full.push(Digit::STAR), Err(Digit::STAR));
    }
}
