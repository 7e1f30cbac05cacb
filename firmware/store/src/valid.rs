//! Checks of single values. Each returns words that say what is wrong.

use crate::StoreError;

type Check = Result<(), &'static str>;

/// Turns failed `check` of `value` into an error that names `field`.
pub(crate) fn field(
    field: &'static str,
    value: &str,
    check: fn(&str) -> Check,
) -> Result<(), StoreError> {
    check(value).map_err(|why| StoreError::Invalid {
        field,
        value: value.to_owned(),
        why,
    })
}

/// A number people dial inside: 2 to 6 digits, as the dial plan wants it.
pub(crate) fn number(value: &str) -> Check {
    match value.len() {
        2..=6 if value.bytes().all(|b| b.is_ascii_digit()) => Ok(()),
        _ => Err("must be 2 to 6 digits"),
    }
}

/// A name shown to people: what fits a `Text<64>`, no control characters.
pub(crate) fn name(value: &str) -> Check {
    if value.len() > 64 {
        return Err("must be at most 64 bytes of UTF-8");
    }
    if value.chars().any(char::is_control) {
        return Err("must not contain control characters");
    }
    Ok(())
}

/// A SIP user: RFC 3261 §25.1 `unreserved` without the marks that read badly in file names and logs.
pub(crate) fn sip_user(value: &str) -> Check {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    match value.len() {
        1..=32 if value.bytes().all(allowed) => Ok(()),
        _ => Err("must be 1 to 32 letters, digits, dots, dashes or underscores"),
    }
}

/// A host name or IP address (RFC 3261 §25.1 `host`), as it stands in a SIP URI and in a digest realm.
pub(crate) fn host(value: &str) -> Check {
    let v6 = value
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if v6.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok()) {
        return Ok(());
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if value.len() <= 253 && value.split('.').all(label) {
        Ok(())
    } else {
        Err("must be a host name, an IPv4 address or an IPv6 address in brackets")
    }
}

/// A country that may have a tone plan: ISO 3166 alpha-2, lower case.
pub(crate) fn country(value: &str) -> Check {
    if value.len() == 2 && value.bytes().all(|b| b.is_ascii_lowercase()) {
        Ok(())
    } else {
        Err("must be two lower-case letters (ISO 3166)")
    }
}

/// A password: something to type, without line breaks.
pub(crate) fn password(value: &str) -> Check {
    match value.chars().count() {
        8..=128 if !value.chars().any(char::is_control) => Ok(()),
        _ => Err("must be 8 to 128 characters without control characters"),
    }
}

/// Whether the dial plan could not tell an inside number from an outside call.
pub(crate) fn collide(number: &str, prefix: &str) -> bool {
    number.starts_with(prefix) || prefix.starts_with(number)
}
