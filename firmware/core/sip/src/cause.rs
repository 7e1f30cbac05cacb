//! Between SIP status codes and Q.850 causes (RFC 3398 §7.2.4.1 and §8.2.6.1, RFC 4497 §8.4), and the Reason header (RFC 3326).

use telephony::Cause;

use crate::message::{Message, Params, quote};

/// The cause a final response of a call stands for.
pub fn from_status(status: u16) -> Cause {
    match status {
        401 | 402 | 403 | 407 | 603 => Cause::CallRejected,
        404 | 410 | 485 | 604 => Cause::UnallocatedNumber,
        300..=399 => Cause::NoRouteToDestination,
        408 | 504 => Cause::RecoveryOnTimerExpiry,
        415 | 488 | 606 => Cause::BearerNotImplemented,
        480 => Cause::NoUserResponding,
        484 => Cause::InvalidNumberFormat,
        486 | 600 => Cause::UserBusy,
        487 => Cause::NormalClearing,
        482 | 483 => Cause::NoRouteToDestination,
        400 | 481 | 500 | 503 => Cause::TemporaryFailure,
        502 => Cause::NetworkOutOfOrder,
        _ => Cause::Interworking,
    }
}

/// The failure response that tells a cause.
pub fn to_status(cause: Cause) -> u16 {
    match cause {
        Cause::UnallocatedNumber | Cause::NoRouteToDestination => 404,
        Cause::UserBusy => 486,
        Cause::NoUserResponding => 408,
        Cause::NoAnswer
        | Cause::SubscriberAbsent
        | Cause::NormalClearing
        | Cause::NormalUnspecified => 480,
        Cause::CallRejected => 603,
        Cause::FacilityRejected | Cause::OutgoingBarred => 403,
        Cause::DestinationOutOfOrder => 502,
        Cause::InvalidNumberFormat => 484,
        Cause::NoCircuitAvailable
        | Cause::NetworkOutOfOrder
        | Cause::TemporaryFailure
        | Cause::SwitchingCongestion
        | Cause::CircuitNotAvailable => 503,
        Cause::BearerNotImplemented | Cause::IncompatibleDestination => 488,
        Cause::RecoveryOnTimerExpiry => 504,
        Cause::Interworking => 500,
    }
}

/// A `Reason` header value: `Q.850;cause=16;text="normal call clearing"`.
pub fn reason_value(cause: Cause) -> String {
    format!("Q.850;cause={};text={}", cause.code(), quote(cause.text()))
}

/// The Q.850 cause in a message's Reason headers, if it names one the box uses.
pub fn from_reason(message: &Message) -> Option<Cause> {
    for line in message.all("Reason") {
        for value in crate::message::split_outside(line, b',') {
            let (protocol, params) = value.split_once(';').unwrap_or((value, ""));
            let code = Params::parse(params)
                .get("cause")
                .and_then(|c| c.parse::<u16>().ok());
            let cause = match (protocol.trim().to_ascii_uppercase().as_str(), code) {
                ("Q.850", Some(code)) => u8::try_from(code).ok().and_then(Cause::from_code),
                ("SIP", Some(200)) => Some(Cause::NormalClearing),
                ("SIP", Some(code)) => Some(from_status(code)),
                _ => None,
            };
            if cause.is_some() {
                return cause;
            }
        }
    }
    None
}

/// The phrase of a status code (RFC 3261 §21 and the RFCs that added codes).
pub fn phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        423 => "Interval Too Brief",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        600 => "Busy Everywhere",
        603 => "Decline",
        _ => "Failure",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_failure_status_with_a_phrase() {
        for &cause in Cause::ALL {
            let status = to_status(cause);
            assert!((400..700).contains(&status), "{cause}");
            assert_ne!(phrase(status), "Failure", "{status}");
        }
    }

    #[test]
    fn causes_callers_hear_survive_two_hops() {
        for cause in [
            Cause::UserBusy,
            Cause::CallRejected,
            Cause::UnallocatedNumber,
            Cause::InvalidNumberFormat,
            Cause::BearerNotImplemented,
            Cause::RecoveryOnTimerExpiry,
        ] {
            assert_eq!(from_status(to_status(cause)), cause);
        }
    }

    #[test]
    fn reason_header_round_trips() {
        let mut bye = Message::response(486, "Busy Here");
        assert_eq!(from_reason(&bye), None);
        bye.push("Reason", "X;cause=1, Q.850;cause=999;text=\"a;b,c\"");
        assert_eq!(from_reason(&bye), None);
        bye.push("Reason", reason_value(Cause::NoAnswer));
        assert_eq!(from_reason(&bye), Some(Cause::NoAnswer));
    }
}
