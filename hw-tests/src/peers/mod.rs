//! Real SIP phones as programs.
