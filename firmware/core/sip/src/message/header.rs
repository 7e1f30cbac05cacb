//! Header names, and the way between names and `rsip`'s header variants.

use rsip::Header;
use rsip::headers::UntypedHeader;

macro_rules! headers {
    ($($name:literal $variant:ident $compact:literal;)*) => {
        /// The canonical spelling of a header name, compact forms resolved (RFC 3261 §7.3.3); `None` when it is not one we name.
        pub(crate) fn canonical(name: &str) -> Option<&'static str> {
            $(if name.eq_ignore_ascii_case($name) || (!$compact.is_empty() && name.eq_ignore_ascii_case($compact)) {
                return Some($name);
            })*
            OTHERS.iter().find(|(long, short)| name.eq_ignore_ascii_case(long) || (!short.is_empty() && name.eq_ignore_ascii_case(short))).map(|(long, _)| *long)
        }

        /// An `rsip` header of that name. Names `rsip` has no variant for become `Header::Other`.
        pub(crate) fn build(name: &str, value: String) -> Header {
            match name {
                $($name => Header::$variant(rsip::headers::$variant::new(value)),)*
                _ => Header::Other(name.to_owned(), value),
            }
        }

        /// Name and value of an `rsip` header.
        pub(crate) fn parts(header: &Header) -> (&str, &str) {
            match header {
                $(Header::$variant(inner) => ($name, inner.value()),)*
                Header::Other(name, value) => (name, value),
            }
        }
    };
}

headers! {
    "Via" Via "v";
    "From" From "f";
    "To" To "t";
    "Call-ID" CallId "i";
    "CSeq" CSeq "";
    "Max-Forwards" MaxForwards "";
    "Contact" Contact "m";
    "Content-Type" ContentType "c";
    "Content-Length" ContentLength "l";
    "Route" Route "";
    "Record-Route" RecordRoute "";
    "Authorization" Authorization "";
    "Proxy-Authorization" ProxyAuthorization "";
    "WWW-Authenticate" WwwAuthenticate "";
    "Proxy-Authenticate" ProxyAuthenticate "";
    "Allow" Allow "";
    "Supported" Supported "k";
    "Require" Require "";
    "Proxy-Require" ProxyRequire "";
    "Unsupported" Unsupported "";
    "Expires" Expires "";
    "Min-Expires" MinExpires "";
    "Retry-After" RetryAfter "";
    "Event" Event "o";
    "Subscription-State" SubscriptionState "";
    "User-Agent" UserAgent "";
    "Server" Server "";
    "Accept" Accept "";
    "Accept-Encoding" AcceptEncoding "";
    "Accept-Language" AcceptLanguage "";
    "Alert-Info" AlertInfo "";
    "Authentication-Info" AuthenticationInfo "";
    "Call-Info" CallInfo "";
    "Content-Disposition" ContentDisposition "";
    "Content-Encoding" ContentEncoding "e";
    "Content-Language" ContentLanguage "";
    "Date" Date "";
    "Error-Info" ErrorInfo "";
    "In-Reply-To" InReplyTo "";
    "MIME-Version" MimeVersion "";
    "Organization" Organization "";
    "Priority" Priority "";
    "Reply-To" ReplyTo "";
    "Subject" Subject "s";
    "Timestamp" Timestamp "";
    "Warning" Warning "";
}

/// Headers `rsip` 0.4 has no variant for, with their compact forms (RFC 3515, 3891, 3892, 3326, 3323, 3325).
const OTHERS: &[(&str, &str)] = &[
    ("Refer-To", "r"),
    ("Referred-By", "b"),
    ("Replaces", ""),
    ("Reason", ""),
    ("Privacy", ""),
    ("P-Asserted-Identity", ""),
    ("Session-Expires", "x"),
    ("Allow-Events", "u"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_survive_the_way_through_rsip() {
        for (compact, long) in [
            ("v", "Via"),
            ("f", "From"),
            ("i", "Call-ID"),
            ("r", "Refer-To"),
            ("l", "Content-Length"),
        ] {
            assert_eq!(canonical(compact), Some(long));
            let header = build(long, "value".into());
            assert_eq!(parts(&header), (long, "value"));
            assert_eq!(header.to_string(), format!("{long}: value"));
        }
        assert_eq!(canonical("X-Nothing"), None);
        assert_eq!(canonical("cALL-iD"), Some("Call-ID"));
        assert_eq!(parts(&build("Replaces", "a".into())), ("Replaces", "a"));
    }
}
