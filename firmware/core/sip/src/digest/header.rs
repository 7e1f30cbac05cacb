use super::DigestError;
use super::hash::{Algorithm, unhex};

const MAX_BYTES: usize = 4096;
const MAX_PARAMETERS: usize = 32;

/// The parameters of `Digest name=value, name="value"` (RFC 7235 §2.1), names in lower case, quoted values without their escapes.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a header value; unknown parameters are kept, duplicates are an error.
    pub(super) fn parse(header: &str) -> Result<Parameters, DigestError> {
        if header.len() > MAX_BYTES {
            return Err(DigestError::TooLong);
        }
        let scheme_end = header
            .trim_ascii_start()
            .find([' ', '\t', '\r', '\n'])
            .ok_or(DigestError::NotDigest)?;
        let scheme_end = scheme_end + (header.len() - header.trim_ascii_start().len());
        if !header[..scheme_end]
            .trim_ascii()
            .eq_ignore_ascii_case("Digest")
        {
            return Err(DigestError::NotDigest);
        }
        let mut cursor = Cursor {
            text: header,
            at: scheme_end,
        };
        let mut found: Vec<(String, String)> = Vec::new();
        while let Some((name, value)) = cursor.parameter()? {
            if found.iter().any(|(have, _)| *have == name) {
                return Err(DigestError::Duplicate(name));
            }
            if found.len() == MAX_PARAMETERS {
                return Err(DigestError::TooLong);
            }
            found.push((name, value));
        }
        Ok(Parameters(found))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(have, _)| have == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn require(&self, name: &'static str) -> Result<&str, DigestError> {
        self.get(name).ok_or(DigestError::Missing(name))
    }

    /// MD5 when the parameter is missing (RFC 7616 §3.3).
    pub(super) fn algorithm(&self) -> Result<Algorithm, DigestError> {
        match self.get("algorithm") {
            None => Ok(Algorithm::Md5),
            Some(value) => Algorithm::from_name(value).ok_or_else(|| bad("algorithm", value)),
        }
    }

    pub(super) fn username(&self) -> Result<String, DigestError> {
        match (self.get("username"), self.get("username*")) {
            (Some(plain), None) => Ok(plain.to_owned()),
            (None, Some(extended)) => {
                decode_extended(extended).ok_or_else(|| bad("username*", extended))
            }
            (Some(_), Some(_)) => Err(DigestError::Duplicate(String::from("username"))),
            (None, None) => Err(DigestError::Missing("username")),
        }
    }
}

pub(super) fn bad(name: &'static str, value: &str) -> DigestError {
    DigestError::BadValue {
        name,
        value: value.to_owned(),
    }
}

/// A quoted string (RFC 3261 §25.1).
pub(super) fn quote(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// `UTF-8''J%C3%A4s` (RFC 5987 §3.2.1).
fn decode_extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    if !charset.eq_ignore_ascii_case("UTF-8") {
        return None;
    }
    let mut parts = encoded.split('%');
    let mut out = parts.next()?.as_bytes().to_vec();
    for part in parts {
        out.extend(unhex(part.get(..2)?)?);
        out.extend(&part.as_bytes()[2..]);
    }
    String::from_utf8(out).ok()
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self, what: &[char]) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(what).len();
    }

    /// The next parameter and the comma behind it; empty list elements are skipped (RFC 7230 §7).
    fn parameter(&mut self) -> Result<Option<(String, String)>, DigestError> {
        const SPACE: &[char] = &[' ', '\t', '\r', '\n'];
        self.skip(&[' ', '\t', '\r', '\n', ',']);
        if self.rest().is_empty() {
            return Ok(None);
        }
        let syntax = DigestError::Syntax { at: self.at };
        let name = self.token().ok_or(syntax.clone())?;
        self.skip(SPACE);
        self.at += self
            .rest()
            .strip_prefix('=')
            .map(|_| 1)
            .ok_or(syntax.clone())?;
        self.skip(SPACE);
        let value = match self.rest().starts_with('"') {
            true => self.quoted(),
            false => self.token().map(str::to_owned),
        };
        let value = value.ok_or(syntax.clone())?;
        self.skip(SPACE);
        if !self.rest().is_empty() && !self.rest().starts_with(',') {
            return Err(syntax);
        }
        Ok(Some((name.to_ascii_lowercase(), value)))
    }

    /// A token (RFC 7230 §3.2.6), with what phones leave unquoted in values: `/ : = @ ;`.
    fn token(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let is_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let in_value = self.text[..self.at].trim_ascii_end().ends_with('=');
        let end = rest
            .find(|c| !(is_name(c) || in_value && "/:=@;?".contains(c)))
            .unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).filter(|token| !token.is_empty())
    }

    fn quoted(&mut self) -> Option<String> {
        let mut out = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((offset, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += offset + 1;
                    return Some(out);
                }
                '\\' => out.push(chars.next()?.1),
                c if c.is_control() && c != '\t' => return None,
                c => out.push(c),
            }
        }
        None
    }
}
