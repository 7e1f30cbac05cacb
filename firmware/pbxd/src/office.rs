//! The office as the database describes it, in the engines' words.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use dialplan::{Device, Extension, Plan, PlanError, WayOut};
use dsp::tone::TonePlan;
use line::{
    AnswerConfig, CallerIdReceive, CallerIdSend, CallerIdStart, FxoConfig, FxsConfig, HookConfig,
    RingConfig,
};
use media::PortConfig;
use sip::{Transport, TrunkId};
use store::{Store, StoreError, TrunkTransport};
use telephony::{LineId, PortKind};

use crate::line_station::LineSettings;
use crate::signalling::Office;
use crate::sip_sockets::local_ip_towards;

/// Why the settings make no office.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The numbers contradict each other.
    #[error("the numbers contradict each other: {0}")]
    Plan(#[from] PlanError),
    /// A country without tone plan.
    #[error("the country \"{0}\" has no tone plan; firmware/core/dsp/TONES.md lists the codes")]
    Country(String),
    /// A line's country without tone plan.
    #[error(
        "the line at port {port} is of country \"{country}\", which has no tone plan: set another in column country of table line, \
         or none for the box's own (firmware/core/dsp/TONES.md lists the codes)"
    )]
    LineCountry {
        /// Its socket, counted from 0.
        port: u16,
        /// As in the database.
        country: String,
    },
}

/// The tone plan of a country.
///
/// # Errors
/// [`OfficeError::Country`]
pub fn tone_plan(country: &str) -> Result<&'static TonePlan, OfficeError> {
    dsp::tone::plan(country).ok_or_else(|| OfficeError::Country(country.to_owned()))
}

/// Reads the office from the database.
///
/// A trunk whose server cannot be found by name is left out, and logged.
///
/// # Errors
/// When the database cannot be read, its numbers contradict each other, or a country is unknown.
pub fn read(store: &Store) -> Result<Office, OfficeError> {
    let settings = store.settings()?;
    let lines = store.lines()?;
    let ports = lines.iter().map(|line| port(line, &settings.country));
    let ports = ports.collect::<Result<_, _>>()?;
    let mut plan = Plan::builder().outside_prefix(&settings.outside_prefix);
    let extensions: Vec<_> = store
        .extensions()?
        .into_iter()
        .filter(|e| e.enabled)
        .collect();
    // A destination that was switched off is none: its calls are refused instead of the whole plan.
    let numbers: BTreeSet<String> = extensions.iter().map(|e| e.number.clone()).collect();
    for extension in extensions {
        plan = plan.add(Extension {
            number: extension.number,
            name: extension.name,
            devices: extension.devices.into_iter().map(device).collect(),
            call_waiting: extension.call_waiting,
        });
    }
    let fxo: Vec<_> = lines
        .iter()
        .filter(|line| line.kind == PortKind::Fxo && line.enabled)
        .collect();
    if !fxo.is_empty() {
        plan = plan.way_out(WayOut::Lines(fxo.iter().map(|line| line.port).collect()));
    }
    for line in fxo {
        if let Some(destination) = line
            .default_destination
            .as_ref()
            .filter(|number| numbers.contains(*number))
        {
            plan = plan.line_default(line.port, destination);
        }
    }
    let mut trunks = Vec::new();
    for (n, trunk) in store
        .trunks()?
        .into_iter()
        .filter(|t| t.enabled)
        .enumerate()
    {
        plan = plan.way_out(WayOut::Trunk(trunk.name.clone()));
        if let Some(destination) = trunk
            .default_destination
            .as_ref()
            .filter(|number| numbers.contains(*number))
        {
            plan = plan.trunk_default(&trunk.name, destination);
        }
        if let Some(resolved) = resolve(TrunkId(n as u16), &trunk) {
            trunks.push((trunk.name, resolved));
        }
    }
    let account = |account: store::SipAccount| sip::Account {
        user: account.user,
        display_name: account.display_name,
        ha1_md5: account.ha1_md5,
        ha1_sha256: account.ha1_sha256,
        max_contacts: MAX_CONTACTS,
    };
    let accounts = store.sip_accounts()?.into_iter().map(account).collect();
    Ok(Office {
        plan: Arc::new(plan.build()?),
        accounts,
        trunks,
        ports,
    })
}

/// How the media engine treats a line of this box.
fn port(line: &store::Line, country: &str) -> Result<(LineId, PortConfig), OfficeError> {
    let voice = &line.voice;
    let config = PortConfig {
        echo: voice.echo_cancel.then_some(dsp::echo::Config {
            tail_ms: voice.echo_tail_ms,
            nlp: voice.nlp,
        }),
        rx_gain_db: voice.rx_gain_db.db(),
        tx_gain_db: voice.tx_gain_db.db(),
        plan: match &voice.country {
            None => tone_plan(country)?,
            Some(own) => dsp::tone::plan(own).ok_or_else(|| OfficeError::LineCountry {
                port: line.port.0,
                country: own.clone(),
            })?,
        },
    };
    Ok((line.port, config))
}

/// Phones that may register with one account at once.
const MAX_CONTACTS: usize = 10;

fn device(device: store::Device) -> Device {
    match device {
        store::Device::Fxs(line) => Device::Fxs(line),
        store::Device::Sip(user) => Device::Sip(user),
    }
}

fn resolve(id: TrunkId, trunk: &store::Trunk) -> Option<sip::Trunk> {
    let remote = (trunk.server.as_str(), trunk.port)
        .to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next());
    let Some(remote) = remote else {
        tracing::error!(
            trunk = trunk.name,
            server = trunk.server,
            "the trunk's server is not found by that name; the trunk is off"
        );
        return None;
    };
    Some(sip::Trunk {
        id,
        domain: trunk.domain.clone(),
        transport: match trunk.transport {
            TrunkTransport::Udp => Transport::Udp,
            TrunkTransport::Tcp => Transport::Tcp,
        },
        remote,
        credentials: trunk.credentials.as_ref().map(|c| sip::Credentials {
            user: c.user.clone(),
            password: c.password.clone(),
        }),
        register_s: trunk.register_s,
    })
}

/// The settings of each line machine of a card with this many ports: those of its line's country, or of `box_plan`.
pub fn line_settings(
    office: &Office,
    ports: usize,
    box_plan: &'static TonePlan,
) -> Vec<LineSettings> {
    let plan_of = |n| office.plan_of(LineId(n as u16)).unwrap_or(box_plan);
    (0..ports).map(|n| of_country(plan_of(n))).collect()
}

fn of_country(plan: &'static TonePlan) -> LineSettings {
    let fxs = FxsConfig {
        hook: HookConfig {
            flash_ms: Some(plan.flash_ms),
            ..HookConfig::default()
        },
        ring: RingConfig {
            cadence: plan.ring,
            ..RingConfig::default()
        },
        caller_id: CallerIdSend::default(),
        ..FxsConfig::default()
    };
    let answer = AnswerConfig {
        // The far phone stopped ringing when the next ringback is a second late.
        ringback_gone_ms: Some((plan.ringback.cycle_ms() + 1_000).min(u16::MAX.into()) as u16),
        ..AnswerConfig::default()
    };
    // Exchanges of one country send the number before the first ring or after it: heard in both places.
    let caller_id = CallerIdReceive {
        start: CallerIdStart::BeforeRing,
        ..CallerIdReceive::default()
    };
    LineSettings {
        fxs,
        fxo: FxoConfig {
            answer,
            caller_id,
            ..FxoConfig::default()
        },
    }
}

/// The SIP engine's settings: its domain, and every name and address of this machine.
pub(crate) fn sip_config(settings: &store::Settings, addresses: &[SocketAddr]) -> sip::Config {
    let both = |at: &SocketAddr| [(sip::Transport::Udp, *at), (sip::Transport::Tcp, *at)];
    let mut config = sip::Config::new(&settings.domain, addresses.iter().flat_map(both).collect());
    config.offer_sha256 = settings.sip_sha256;
    for address in addresses {
        let host = address.ip();
        if !host.is_unspecified() {
            config.local_names.push(host.to_string());
        }
    }
    for any in ["192.0.2.1:9", "[2001:db8::1]:9"] {
        // Documentation addresses (RFC 5737, RFC 3849): nothing is sent, routing only tells our own address.
        let ours = any.parse().ok().and_then(local_ip_towards);
        match ours {
            Some(IpAddr::V4(v4)) => config.advertised_v4 = Some(v4),
            Some(IpAddr::V6(v6)) => config.advertised_v6 = Some(v6),
            None => {}
        }
        config.local_names.extend(ours.map(|ip| ip.to_string()));
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use telephony::PortKind;

    #[test]
    fn a_line_has_its_own_country_the_boxs_or_an_error_that_names_it() {
        let mut line = store::Line::new(LineId(3), PortKind::Fxo, "to the exchange");
        let country = |line: &store::Line| port(line, "us").map(|(_, config)| config.plan.country);
        assert!(matches!(country(&line), Ok("us")));
        line.voice.country = Some("de".to_owned());
        assert!(matches!(country(&line), Ok("de")));
        line.voice.country = Some("xx".to_owned());
        let told = country(&line).map_err(|error| error.to_string());
        let told = told.expect_err("there is no such country");
        for word in ["port 3", "\"xx\"", "column country", "TONES.md"] {
            assert!(told.contains(word), "{told}");
        }
    }
}
