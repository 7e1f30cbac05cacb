use std::fmt;

use md5::{Digest, Md5};
use rusqlite::{OptionalExtension, params};
use sha2::Sha256;

use crate::{Store, StoreError, valid};

/// What a SIP phone proves itself with. The password itself is never kept: HA1 binds it to the user and the realm.
#[derive(Clone, PartialEq, Eq)]
pub struct SipAccount {
    /// User part and digest user name.
    pub user: String,
    /// The extension it belongs to.
    pub extension: String,
    /// The extension's name.
    pub display_name: String,
    /// The realm both hashes were made for. When it is no longer the domain, the phone needs a new password.
    pub realm: String,
    /// MD5(user:realm:password), RFC 2617 §3.2.2.2.
    pub ha1_md5: [u8; 16],
    /// SHA-256(user:realm:password), RFC 7616 §3.4.2.
    pub ha1_sha256: [u8; 32],
}

impl fmt::Debug for SipAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever has an HA1 can register with it: it stays out of logs.
        f.debug_struct("SipAccount")
            .field("user", &self.user)
            .field("realm", &self.realm)
            .finish_non_exhaustive()
    }
}

/// HA1 of both algorithms.
pub(crate) fn ha1(user: &str, realm: &str, password: &str) -> ([u8; 16], [u8; 32]) {
    let a1 = format!("{user}:{realm}:{password}");
    (Md5::digest(&a1).into(), Sha256::digest(&a1).into())
}

impl Store {
    /// Sets the password of a SIP device for the present domain. The device must belong to an extension.
    ///
    /// # Errors
    /// [`StoreError::NoSuch`] when no extension has this SIP device; [`StoreError::Invalid`] for a bad password.
    pub fn set_sip_password(&mut self, user: &str, password: &str) -> Result<(), StoreError> {
        let realm = self.settings()?.domain;
        if let Err(why) = valid::password(password) {
            return Err(StoreError::Invalid {
                field: "password",
                value: "(hidden)".to_owned(),
                why,
            });
        }
        let known: Option<bool> = self
            .conn
            .prepare_cached("SELECT 1 FROM device WHERE sip_user = ?1")?
            .query_row([user], |row| row.get(0))
            .optional()?;
        if known.is_none() {
            return Err(StoreError::NoSuch {
                what: "SIP device",
                key: user.to_owned(),
            });
        }
        let (md5, sha256) = ha1(user, &realm, password);
        self.conn
            .prepare_cached(
                "INSERT INTO sip_account (user, realm, ha1_md5, ha1_sha256) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (user) DO UPDATE SET realm = excluded.realm, ha1_md5 = excluded.ha1_md5,
                     ha1_sha256 = excluded.ha1_sha256",
            )?
            .execute(params![user, realm, md5, sha256])?;
        Ok(())
    }

    /// The accounts that can log in now: enabled extension, password set for the present domain.
    pub fn sip_accounts(&self) -> Result<Vec<SipAccount>, StoreError> {
        let domain = self.settings()?.domain;
        let mut accounts = self.all_accounts()?;
        accounts.retain(|account| account.realm == domain);
        Ok(accounts)
    }

    /// SIP devices that cannot log in until a password is set: none was set yet, or it was set for another domain.
    pub fn sip_users_without_password(&self) -> Result<Vec<String>, StoreError> {
        let domain = self.settings()?.domain;
        let mut statement = self.conn.prepare_cached(
            "SELECT d.sip_user FROM device d LEFT JOIN sip_account a ON a.user = d.sip_user
             WHERE d.sip_user IS NOT NULL AND (a.realm IS NULL OR a.realm <> ?1) ORDER BY d.sip_user",
        )?;
        let users = statement.query_map([domain], |row| row.get(0))?;
        Ok(users.collect::<Result<_, _>>()?)
    }

    fn all_accounts(&self) -> Result<Vec<SipAccount>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT a.user, e.number, e.name, a.realm, a.ha1_md5, a.ha1_sha256
             FROM sip_account a JOIN device d ON d.sip_user = a.user JOIN extension e ON e.number = d.extension
             WHERE e.enabled ORDER BY a.user",
        )?;
        let accounts = statement.query_map([], |row| {
            Ok(SipAccount {
                user: row.get(0)?,
                extension: row.get(1)?,
                display_name: row.get(2)?,
                realm: row.get(3)?,
                ha1_md5: row.get(4)?,
                ha1_sha256: row.get(5)?,
            })
        })?;
        Ok(accounts.collect::<Result<_, _>>()?)
    }
}
