use rusqlite::{Transaction, params};

use crate::{Store, StoreError, valid};

/// What the box as a whole is set to. A fresh database has [`Settings::default`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// SIP domain and digest realm. Changing it makes every SIP password void.
    pub domain: String,
    /// UDP and TCP port for SIP, not 0.
    pub sip_port: u16,
    /// Whether SIP phones are offered SHA-256 digest beside MD5. Many phones cannot register where they are.
    pub sip_sha256: bool,
    /// Digits that lead to an outside line, 1 to 3 of them.
    pub outside_prefix: String,
    /// ISO 3166 alpha-2, lower case: names the tone plan.
    pub country: String,
    /// First UDP port for RTP, even (RFC 3550 §11).
    pub rtp_first_port: u16,
    /// Last UDP port for RTCP, odd.
    pub rtp_last_port: u16,
    /// How long a phone off hook may wait with its first digit, in seconds, 1 to 120.
    pub first_digit_s: u16,
    /// Longest pause between digits, in seconds, 1 to 30.
    pub inter_digit_s: u16,
    /// How long an extension rings before the caller hears that nobody answers, in seconds, 5 to 600.
    pub no_answer_s: u16,
    /// A call without RTP is ended after this many seconds, 10 to 3 600.
    pub rtp_timeout_s: u16,
    /// Call records kept, 1 000 to 10 000 000; the oldest go first, about a thousand at a time.
    pub keep_calls: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            domain: "tipring.local".to_owned(),
            sip_port: 5060,
            sip_sha256: false,
            outside_prefix: "0".to_owned(),
            country: "us".to_owned(),
            rtp_first_port: 10_000,
            rtp_last_port: 10_999,
            first_digit_s: 16,
            inter_digit_s: 4,
            no_answer_s: 60,
            rtp_timeout_s: 120,
            keep_calls: 250_000,
        }
    }
}

/// What a change of settings brought with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// SIP users who need a new password, because the domain is part of what their old one was stored with.
    pub need_new_password: Vec<String>,
}

/// One setting: its key in the table, how it is written and read.
struct Key {
    name: &'static str,
    get: fn(&Settings) -> String,
    set: fn(&mut Settings, &str) -> Result<(), &'static str>,
}

macro_rules! text {
    ($field:ident) => {
        Key {
            name: stringify!($field),
            get: |s| s.$field.clone(),
            set: |s, v| {
                s.$field = v.to_owned();
                Ok(())
            },
        }
    };
}

macro_rules! number {
    ($field:ident) => {
        Key {
            name: stringify!($field),
            get: |s| s.$field.to_string(),
            set: |s, v| {
                s.$field = v.parse().map_err(|_| "must be a number in range")?;
                Ok(())
            },
        }
    };
}

macro_rules! truth {
    ($field:ident) => {
        Key {
            name: stringify!($field),
            get: |s| s.$field.to_string(),
            set: |s, v| {
                s.$field = v.parse().map_err(|_| "must be true or false")?;
                Ok(())
            },
        }
    };
}

const KEYS: &[Key] = &[
    text!(domain),
    number!(sip_port),
    truth!(sip_sha256),
    text!(outside_prefix),
    text!(country),
    number!(rtp_first_port),
    number!(rtp_last_port),
    number!(first_digit_s),
    number!(inter_digit_s),
    number!(no_answer_s),
    number!(rtp_timeout_s),
    number!(keep_calls),
];

impl Settings {
    /// Every key of [`Store::put_setting`].
    pub fn keys() -> impl Iterator<Item = &'static str> {
        KEYS.iter().map(|key| key.name)
    }

    /// The value of a key as text; `None` for an unknown key.
    pub fn get(&self, key: &str) -> Option<String> {
        KEYS.iter().find(|k| k.name == key).map(|k| (k.get)(self))
    }

    /// Sets one value from text, without judging whether it fits the others: [`Settings::check`] does.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`] for an unknown key, [`StoreError::Invalid`] for text that is not of its kind.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        let Some(key) = KEYS.iter().find(|k| k.name == key) else {
            return Err(StoreError::NoSuch {
                what: "setting",
                key: key.to_owned(),
            });
        };
        (key.set)(self, value).map_err(|why| StoreError::Invalid {
            field: key.name,
            value: value.to_owned(),
            why,
        })
    }

    /// Whether the values are in range and fit each other.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] names the first field that does not.
    pub fn check(&self) -> Result<(), StoreError> {
        valid::field("domain", &self.domain, valid::host)?;
        valid::field("country", &self.country, valid::country)?;
        let prefix_ok = matches!(self.outside_prefix.len(), 1..=3)
            && self.outside_prefix.bytes().all(|b| b.is_ascii_digit());
        let rtp_order = self.rtp_first_port < self.rtp_last_port;
        let sip_in_rtp = (self.rtp_first_port..=self.rtp_last_port).contains(&self.sip_port);
        let rules: [(&'static str, bool, &'static str); 10] = [
            ("sip_port", self.sip_port != 0, "must be 1 to 65535"),
            ("outside_prefix", prefix_ok, "must be 1 to 3 digits"),
            (
                "rtp_first_port",
                self.rtp_first_port >= 1024,
                "must be 1024 or more",
            ),
            (
                "rtp_first_port",
                self.rtp_first_port.is_multiple_of(2),
                "must be even: RTP has even ports, RTCP odd",
            ),
            (
                "rtp_last_port",
                rtp_order && !self.rtp_last_port.is_multiple_of(2),
                "must be odd and above rtp_first_port",
            ),
            (
                "sip_port",
                !sip_in_rtp,
                "must not lie between rtp_first_port and rtp_last_port",
            ),
            (
                "first_digit_s",
                (1..=120).contains(&self.first_digit_s),
                "must be 1 to 120 seconds",
            ),
            (
                "inter_digit_s",
                (1..=30).contains(&self.inter_digit_s),
                "must be 1 to 30 seconds",
            ),
            (
                "no_answer_s",
                (5..=600).contains(&self.no_answer_s),
                "must be 5 to 600 seconds",
            ),
            (
                "rtp_timeout_s",
                (10..=3_600).contains(&self.rtp_timeout_s),
                "must be 10 to 3600 seconds",
            ),
        ];
        for (field, fits, why) in rules {
            if !fits {
                return Err(StoreError::Invalid {
                    field,
                    value: self.get(field).unwrap_or_default(),
                    why,
                });
            }
        }
        if !(1_000..=10_000_000).contains(&self.keep_calls) {
            let why = "must be 1000 to 10000000";
            return Err(StoreError::Invalid {
                field: "keep_calls",
                value: self.keep_calls.to_string(),
                why,
            });
        }
        Ok(())
    }
}

impl Store {
    /// The present settings.
    pub fn settings(&self) -> Result<Settings, StoreError> {
        let mut settings = Settings::default();
        let mut statement = self.conn.prepare_cached("SELECT key, value FROM setting")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
            settings.set(&key, &value)?;
        }
        Ok(settings)
    }

    /// Changes one setting, given as text. Keys are the field names of [`Settings`].
    ///
    /// # Errors
    /// As [`Store::put_settings`]; [`StoreError::NoSuch`] for an unknown key.
    pub fn put_setting(&mut self, key: &str, value: &str) -> Result<Saved, StoreError> {
        let mut settings = self.settings()?;
        settings.set(key, value)?;
        self.put_settings(&settings)
    }

    /// Changes all settings at once, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] names the field; [`StoreError::Taken`] when an extension collides with the new
    /// outside prefix.
    pub fn put_settings(&mut self, settings: &Settings) -> Result<Saved, StoreError> {
        settings.check()?;
        let before = self.settings()?;
        let transaction = self.conn.transaction()?;
        prefix_is_free(&transaction, &settings.outside_prefix)?;
        for key in KEYS {
            if (key.get)(settings) != (key.get)(&before) {
                transaction
                    .prepare_cached(
                        "INSERT INTO setting (key, value) VALUES (?1, ?2)
                         ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    )?
                    .execute(params![key.name, (key.get)(settings)])?;
            }
        }
        transaction.commit()?;
        let need_new_password = if before.domain == settings.domain {
            Vec::new()
        } else {
            self.sip_users_without_password()?
        };
        Ok(Saved { need_new_password })
    }
}

fn prefix_is_free(transaction: &Transaction<'_>, prefix: &str) -> Result<(), StoreError> {
    let mut statement =
        transaction.prepare_cached("SELECT number FROM extension ORDER BY number")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let number: String = row.get(0)?;
        if valid::collide(&number, prefix) {
            return Err(StoreError::Taken {
                what: format!("the prefix {prefix}"),
                by: format!("extension {number}"),
            });
        }
    }
    Ok(())
}
