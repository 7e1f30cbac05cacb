//! The registrar and location service (RFC 3261 §10.3): who is reachable where, and until when.
//!
//! [`Registrar`] keeps for each user the contacts a REGISTER bound to it, with the flow the REGISTER came on. It is generic over
//! that flow and knows no clock, socket or message.
#[cfg(test)]
mod tests;
mod uri;

use std::collections::{BTreeMap, VecDeque};

use telephony::{Duration, Instant};

pub use uri::same_uri;

/// Longest contact URI, `+sip.instance` or Call-ID kept, in bytes.
pub const MAX_TEXT: usize = 512;

/// Bounds of the registrar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Shortest registration accepted, in seconds (default 60); 0 always removes.
    pub min_expires_s: u32,
    /// Longest registration granted, in seconds (default 3600); longer wishes are cut.
    pub max_expires_s: u32,
    /// Granted when no length is asked for, in seconds (default 3600).
    pub default_expires_s: u32,
    /// Most contacts of one user (default 10).
    pub contacts_per_user: usize,
    /// Most users with contacts (default 1000).
    pub users: usize,
    /// Most contacts of all users together (default 2000).
    pub total: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            min_expires_s: 60,
            max_expires_s: 3600,
            default_expires_s: 3600,
            contacts_per_user: 10,
            users: 1000,
            total: 2000,
        }
    }
}

/// One contact of a REGISTER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactUpdate {
    /// Its SIP or SIPS URI, without angle brackets.
    pub uri: String,
    /// Its `expires` parameter, in seconds.
    pub expires: Option<u32>,
    /// Its `q` parameter in thousandths, 0 to 1000; 1000 when it has none.
    pub q_milli: u16,
    /// Its `+sip.instance` (RFC 5626 §4.1): which phone this is, over reboots and new addresses.
    pub instance: Option<String>,
    /// Its `reg-id` (RFC 5626 §4.2): which of the phone's flows.
    pub reg_id: Option<u32>,
}

/// A contact in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding<F> {
    /// Contact URI, as registered last.
    pub uri: String,
    /// Preference in thousandths, 0 to 1000.
    pub q_milli: u16,
    /// `+sip.instance`.
    pub instance: Option<String>,
    /// `reg-id`.
    pub reg_id: Option<u32>,
    /// The flow its REGISTER came on; requests to the contact go there.
    pub flow: F,
    /// When it runs out.
    pub expires_at: Instant,
    /// Call-ID of its REGISTER.
    pub call_id: String,
    /// CSeq of its REGISTER.
    pub cseq: u32,
}

impl<F> Binding<F> {
    /// Seconds left, rounded up: the `expires` parameter of the 200.
    pub fn remaining_s(&self, now: Instant) -> u32 {
        let micros = self.expires_at.since(now).as_micros();
        u32::try_from(micros.div_ceil(1_000_000)).unwrap_or(u32::MAX)
    }

    /// Whether `update` speaks of this contact: the same phone and flow (RFC 5626 §6), or the same URI.
    fn is_that_of(&self, update: &ContactUpdate) -> bool {
        let same_phone = self.instance.is_some()
            && self.instance == update.instance
            && self.reg_id == update.reg_id;
        same_phone || same_uri(&self.uri, &update.uri)
    }
}

/// Why a REGISTER was refused; nothing of it was applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    /// Shorter than the minimum: 423 with `Min-Expires`.
    #[error("registration interval too brief, at least {min_s} s")]
    IntervalTooBrief {
        /// For `Min-Expires`, in seconds.
        min_s: u32,
    },
    /// `*` beside other contacts, or without `Expires: 0` (§10.3 step 6): 400.
    #[error("the wildcard contact stands alone and with Expires: 0 only")]
    BadWildcard,
    /// A contact is not a SIP URI or too long (so may its instance or the Call-ID be): 400.
    #[error("contact {uri:?} cannot be registered")]
    BadContact {
        /// The contact, cut to 64 characters.
        uri: String,
    },
    /// Not newer than what the same Call-ID registered before (§10.3 steps 6 and 7): 500.
    #[error("CSeq {cseq} is not above {have} of the same Call-ID")]
    OutOfOrder {
        /// Of the request.
        cseq: u32,
        /// Of the contact in force.
        have: u32,
    },
    /// The user would have more contacts than allowed: 403.
    #[error("more than {limit} contacts")]
    TooManyContacts {
        /// Contacts allowed.
        limit: usize,
    },
    /// The registrar is full: 503.
    #[error("the registrar is full")]
    Full,
}

impl RegisterError {
    /// The SIP status of the refusal.
    pub const fn status(&self) -> u16 {
        match self {
            RegisterError::IntervalTooBrief { .. } => 423,
            RegisterError::BadWildcard | RegisterError::BadContact { .. } => 400,
            RegisterError::OutOfOrder { .. } => 500,
            RegisterError::TooManyContacts { .. } => 403,
            RegisterError::Full => 503,
        }
    }
}

/// The location service. Users are compared as given: the caller settles their spelling.
#[derive(Clone, Debug)]
pub struct Registrar<F> {
    limits: Limits,
    /// No entry is empty; contacts of a user stand in the order to try them.
    users: BTreeMap<String, Vec<Binding<F>>>,
    /// Ran out, and a REGISTER dropped them before [`Registrar::expire`] could tell.
    ran_out: VecDeque<(String, String)>,
    next_expiry: Option<Instant>,
}

impl<F: Clone + PartialEq> Registrar<F> {
    /// A registrar without contacts.
    pub fn new(limits: Limits) -> Self {
        Registrar {
            limits,
            users: BTreeMap::new(),
            ran_out: VecDeque::new(),
            next_expiry: None,
        }
    }

    /// Applies one REGISTER of `user`, whole or not at all, and gives the contacts then in force, in the order to try them.
    ///
    /// Without contacts it only asks. A contact replaces the one in force with the same URI, or with the same instance and
    /// `reg-id`. `wildcard` is `Contact: *`; `expires_header` is in seconds.
    ///
    /// # Errors
    /// [`RegisterError`]; nothing was applied.
    #[allow(clippy::too_many_arguments)]
    pub fn register(
        &mut self,
        now: Instant,
        user: &str,
        contacts: &[ContactUpdate],
        wildcard: bool,
        expires_header: Option<u32>,
        call_id: &str,
        cseq: u32,
        flow: F,
    ) -> Result<Vec<Binding<F>>, RegisterError> {
        if !wildcard && contacts.is_empty() {
            return Ok(self.bindings(now, user));
        }
        let current = self.bindings(now, user);
        let draft = if wildcard {
            if !contacts.is_empty() || expires_header != Some(0) {
                return Err(RegisterError::BadWildcard);
            }
            current
                .iter()
                .try_for_each(|binding| in_order(binding, call_id, cseq))?;
            Vec::new()
        } else {
            let request = Request {
                now,
                user,
                expires_header,
                call_id,
                cseq,
                flow,
            };
            self.draft(&current, contacts, &request)?
        };
        self.commit(now, user, draft);
        Ok(self.bindings(now, user))
    }

    fn draft(
        &self,
        current: &[Binding<F>],
        contacts: &[ContactUpdate],
        request: &Request<'_, F>,
    ) -> Result<Vec<Binding<F>>, RegisterError> {
        let mut draft = current.to_vec();
        for update in contacts {
            check_text(update, request.call_id)?;
            let granted_s = self.granted_s(update, request.expires_header)?;
            let matching = current.iter().filter(|binding| binding.is_that_of(update));
            matching
                .into_iter()
                .try_for_each(|binding| in_order(binding, request.call_id, request.cseq))?;
            draft.retain(|binding| !binding.is_that_of(update));
            if granted_s > 0 {
                // A list of contacts as long as a message allows must not cost more than the limit does.
                if draft.len() >= self.limits.contacts_per_user {
                    return Err(RegisterError::TooManyContacts {
                        limit: self.limits.contacts_per_user,
                    });
                }
                draft.insert(0, request.binding(update, granted_s));
            }
        }
        self.check_room(request.user, current.len(), draft.len())?;
        draft.sort_by_key(|binding| core::cmp::Reverse(binding.q_milli));
        Ok(draft)
    }

    fn check_room(&self, user: &str, before: usize, after: usize) -> Result<(), RegisterError> {
        let others = self.users.iter().filter(|(name, _)| *name != user);
        let (users, contacts) = others.fold((0, 0), |(users, sum), (_, bindings)| {
            (users + 1, sum + bindings.len())
        });
        let too_many_users = before == 0 && after > 0 && users >= self.limits.users;
        let too_many_contacts = after > before && contacts + after > self.limits.total;
        if too_many_users || too_many_contacts {
            Err(RegisterError::Full)
        } else {
            Ok(())
        }
    }

    /// §10.3 step 7: the contact's own wish, else that of the header, else the default.
    fn granted_s(&self, update: &ContactUpdate, header: Option<u32>) -> Result<u32, RegisterError> {
        let wished = update
            .expires
            .or(header)
            .unwrap_or(self.limits.default_expires_s);
        if wished > 0 && wished < self.limits.min_expires_s {
            return Err(RegisterError::IntervalTooBrief {
                min_s: self.limits.min_expires_s,
            });
        }
        Ok(wished.min(self.limits.max_expires_s))
    }

    fn commit(&mut self, now: Instant, user: &str, draft: Vec<Binding<F>>) {
        let old = self.users.remove(user).unwrap_or_default();
        let gone = old.into_iter().filter(|binding| binding.expires_at <= now);
        for binding in
            gone.filter(|binding| !draft.iter().any(|kept| same_uri(&kept.uri, &binding.uri)))
        {
            if self.ran_out.len() >= self.limits.total {
                self.ran_out.pop_front();
            }
            self.ran_out.push_back((user.to_owned(), binding.uri));
        }
        if !draft.is_empty() {
            self.users.insert(user.to_owned(), draft);
        }
        self.find_next_expiry();
    }

    /// The contacts of `user` in force, in the order to try them: highest `q` first, then the latest registered.
    pub fn bindings(&self, now: Instant, user: &str) -> Vec<Binding<F>> {
        let all = self.users.get(user).map_or(&[][..], Vec::as_slice);
        all.iter()
            .filter(|binding| binding.expires_at > now)
            .cloned()
            .collect()
    }

    /// When to call [`Registrar::expire`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.ran_out.is_empty() {
            self.next_expiry
        } else {
            Some(Instant::ZERO)
        }
    }

    /// Forgets the contacts that ran out and names each once: (user, contact URI).
    pub fn expire(&mut self, now: Instant) -> Vec<(String, String)> {
        let mut gone: Vec<_> = self.ran_out.drain(..).collect();
        if self.next_expiry.is_some_and(|at| at <= now) {
            gone.extend(self.remove(|binding| binding.expires_at <= now));
        }
        gone
    }

    /// Forgets the contacts registered over `flow` (its connection closed) and names them: (user, contact URI).
    pub fn remove_flow(&mut self, flow: &F) -> Vec<(String, String)> {
        self.remove(|binding| binding.flow == *flow)
    }

    /// Every user with the contacts kept for it, by name; also those that ran out and were not yet expired.
    pub fn users(&self) -> impl Iterator<Item = (&str, &[Binding<F>])> {
        self.users
            .iter()
            .map(|(user, bindings)| (user.as_str(), bindings.as_slice()))
    }

    fn remove(&mut self, mut wanted: impl FnMut(&Binding<F>) -> bool) -> Vec<(String, String)> {
        let mut gone = Vec::new();
        self.users.retain(|user, bindings| {
            for binding in bindings.extract_if(.., |binding| wanted(binding)) {
                gone.push((user.clone(), binding.uri));
            }
            !bindings.is_empty()
        });
        self.find_next_expiry();
        gone
    }

    fn find_next_expiry(&mut self) {
        self.next_expiry = self
            .users
            .values()
            .flatten()
            .map(|binding| binding.expires_at)
            .min();
    }
}

/// What all contacts of one REGISTER share.
struct Request<'a, F> {
    now: Instant,
    user: &'a str,
    expires_header: Option<u32>,
    call_id: &'a str,
    cseq: u32,
    flow: F,
}

impl<F: Clone> Request<'_, F> {
    fn binding(&self, update: &ContactUpdate, granted_s: u32) -> Binding<F> {
        Binding {
            uri: update.uri.clone(),
            q_milli: update.q_milli.min(1000),
            instance: update.instance.clone(),
            reg_id: update.reg_id,
            flow: self.flow.clone(),
            expires_at: self.now + Duration::from_secs(u64::from(granted_s)),
            call_id: self.call_id.to_owned(),
            cseq: self.cseq,
        }
    }
}

fn in_order<F>(binding: &Binding<F>, call_id: &str, cseq: u32) -> Result<(), RegisterError> {
    if binding.call_id == call_id && cseq <= binding.cseq {
        return Err(RegisterError::OutOfOrder {
            cseq,
            have: binding.cseq,
        });
    }
    Ok(())
}

fn check_text(update: &ContactUpdate, call_id: &str) -> Result<(), RegisterError> {
    let instance = update.instance.as_deref().unwrap_or("");
    if [update.uri.as_str(), instance, call_id]
        .iter()
        .all(|text| text.len() <= MAX_TEXT)
        && uri::is_sip(&update.uri)
    {
        return Ok(());
    }
    Err(RegisterError::BadContact {
        uri: update.uri.chars().take(64).collect(),
    })
}
