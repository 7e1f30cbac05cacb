use std::fmt;

use rusqlite::params;

use crate::{Store, StoreError, extension, valid};

/// What carries SIP to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrunkTransport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

/// How the box proves itself to a provider. The provider's realm is only known when it challenges, so no HA1 can be
/// made beforehand and the password is kept as it is, in a database only the daemon's user can read.
#[derive(Clone, PartialEq, Eq)]
pub struct TrunkCredentials {
    /// User name at the provider.
    pub user: String,
    /// Password at the provider.
    pub password: String,
}

impl fmt::Debug for TrunkCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrunkCredentials")
            .field("user", &self.user)
            .field("password", &"(hidden)")
            .finish()
    }
}

/// A way out over SIP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    /// Its name here; not empty, at most 64 bytes.
    pub name: String,
    /// Whether the box uses it.
    pub enabled: bool,
    /// The provider's domain: the host of Request-URI, To and From.
    pub domain: String,
    /// Host of the provider's server or outbound proxy; often the domain.
    pub server: String,
    /// Port there, not 0.
    pub port: u16,
    /// UDP or TCP.
    pub transport: TrunkTransport,
    /// How we answer challenges; `None` when the provider trusts our address.
    pub credentials: Option<TrunkCredentials>,
    /// Register there, asking for this many seconds (60 to 86 400); `None` to not register.
    pub register_s: Option<u32>,
    /// The extension that rings when a call comes in; `None`: the call is refused.
    pub default_destination: Option<String>,
}

impl Trunk {
    fn check(&self) -> Result<(), StoreError> {
        let invalid = |field, value: &str, why| {
            Err(StoreError::Invalid {
                field,
                value: value.to_owned(),
                why,
            })
        };
        valid::field("name", &self.name, valid::name)?;
        if self.name.is_empty() {
            return invalid("name", "", "must not be empty");
        }
        if let Some(number) = &self.default_destination {
            valid::field("default_destination", number, valid::number)?;
        }
        valid::field("domain", &self.domain, valid::host)?;
        valid::field("server", &self.server, valid::host)?;
        if self.port == 0 {
            return invalid("port", "0", "must be 1 to 65535");
        }
        if let Some(TrunkCredentials { user, password }) = &self.credentials {
            if user.is_empty() || user.len() > 128 || user.chars().any(char::is_control) {
                return invalid(
                    "user",
                    user,
                    "must be 1 to 128 bytes without control characters",
                );
            }
            if password.len() > 256 || password.chars().any(char::is_control) {
                return invalid(
                    "password",
                    "(hidden)",
                    "must be at most 256 bytes without control characters",
                );
            }
        }
        match self.register_s {
            Some(seconds) if !(60..=86_400).contains(&seconds) => invalid(
                "register_s",
                &seconds.to_string(),
                "must be 60 to 86400 seconds",
            ),
            Some(_) if self.credentials.is_none() => {
                invalid("user", "", "registering needs a user name")
            }
            _ => Ok(()),
        }
    }
}

impl Store {
    /// Every trunk, by name.
    pub fn trunks(&self) -> Result<Vec<Trunk>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT name, enabled, domain, server, port, transport, user, password, register_s,
                 default_destination FROM trunk ORDER BY name",
        )?;
        let mut rows = statement.query([])?;
        let mut trunks = Vec::new();
        while let Some(row) = rows.next()? {
            let user: Option<String> = row.get(6)?;
            let password: Option<String> = row.get(7)?;
            trunks.push(Trunk {
                name: row.get(0)?,
                enabled: row.get(1)?,
                domain: row.get(2)?,
                server: row.get(3)?,
                port: row.get(4)?,
                transport: transport_from(row.get_ref(5)?.as_str().unwrap_or_default())?,
                credentials: user
                    .zip(password)
                    .map(|(user, password)| TrunkCredentials { user, password }),
                register_s: row.get(8)?,
                default_destination: row.get(9)?,
            });
        }
        Ok(trunks)
    }

    /// Adds or replaces a trunk.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] names the field; [`StoreError::NoSuch`] when the destination is no extension.
    pub fn put_trunk(&mut self, trunk: &Trunk) -> Result<(), StoreError> {
        trunk.check()?;
        let credentials = trunk.credentials.as_ref();
        extension::check_destination(&self.conn, trunk.default_destination.as_deref())?;
        self.conn
            .prepare_cached(
                "INSERT INTO trunk (name, enabled, domain, server, port, transport, user, password, register_s,
                 default_destination)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (name) DO UPDATE SET enabled = excluded.enabled, domain = excluded.domain,
                     server = excluded.server, port = excluded.port, transport = excluded.transport,
                     user = excluded.user, password = excluded.password, register_s = excluded.register_s,
                     default_destination = excluded.default_destination",
            )?
            .execute(params![
                trunk.name,
                trunk.enabled,
                trunk.domain,
                trunk.server,
                trunk.port,
                transport_name(trunk.transport),
                credentials.map(|c| &c.user),
                credentials.map(|c| &c.password),
                trunk.register_s,
                trunk.default_destination,
            ])?;
        Ok(())
    }

    /// Removes a trunk.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`] when there is none of that name.
    pub fn remove_trunk(&mut self, name: &str) -> Result<(), StoreError> {
        match self
            .conn
            .execute("DELETE FROM trunk WHERE name = ?1", [name])?
        {
            0 => Err(StoreError::NoSuch {
                what: "trunk",
                key: name.to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

const fn transport_name(transport: TrunkTransport) -> &'static str {
    match transport {
        TrunkTransport::Udp => "udp",
        TrunkTransport::Tcp => "tcp",
    }
}

fn transport_from(name: &str) -> Result<TrunkTransport, StoreError> {
    match name {
        "udp" => Ok(TrunkTransport::Udp),
        "tcp" => Ok(TrunkTransport::Tcp),
        _ => Err(StoreError::Corrupt(format!("trunk transport \"{name}\""))),
    }
}
