use proptest::prelude::*;
use telephony::{Decibels, LineId, PortKind};

use super::{fresh, reopen};
use crate::account::ha1;
use crate::{
    Device, Extension, Line, Provision, Settings, Store, StoreError, Trunk, TrunkCredentials,
    TrunkTransport, Voice,
};

fn sip(user: &str) -> Device {
    Device::Sip(user.to_owned())
}

/// The field an [`StoreError::Invalid`] names.
fn field<T: std::fmt::Debug>(result: Result<T, StoreError>) -> &'static str {
    match result {
        Err(StoreError::Invalid { field, .. }) => field,
        other => panic!("expected Invalid, got {other:?}"),
    }
}

#[test]
fn settings_come_back_after_a_restart() {
    let (folder, mut store) = fresh();
    assert_eq!(store.settings().unwrap(), Settings::default());
    let wanted = Settings {
        domain: "[2001:db8::1]".to_owned(),
        sip_port: 15_060,
        sip_sha256: true,
        outside_prefix: "99".to_owned(),
        country: "de".to_owned(),
        rtp_first_port: 20_000,
        rtp_last_port: 20_099,
        first_digit_s: 10,
        inter_digit_s: 3,
        no_answer_s: 30,
        rtp_timeout_s: 60,
        keep_calls: 5_000,
    };
    store.put_settings(&wanted).unwrap();
    drop(store);
    assert_eq!(reopen(&folder).0.settings().unwrap(), wanted);
}

#[test]
fn a_setting_out_of_range_is_named_and_changes_nothing() {
    let (_folder, mut store) = fresh();
    for (key, value) in [
        ("domain", "two words"),
        ("domain", "-x.example"),
        ("domain", ""),
        ("sip_port", "0"),
        ("sip_port", "70000"),
        ("sip_port", "10010"),
        ("outside_prefix", "0#"),
        ("outside_prefix", ""),
        ("country", "DE"),
        ("rtp_first_port", "10001"),
        ("rtp_first_port", "80"),
        ("rtp_last_port", "9999"),
        ("first_digit_s", "0"),
        ("inter_digit_s", "31"),
        ("no_answer_s", "4"),
        ("rtp_timeout_s", "9"),
        ("keep_calls", "999"),
        ("keep_calls", "many"),
    ] {
        assert_eq!(field(store.put_setting(key, value)), key, "{value}");
    }
    let error = store.put_setting("colour", "red").unwrap_err();
    assert_eq!(error.to_string(), "there is no setting \"colour\"");
    assert_eq!(store.settings().unwrap(), Settings::default());
    assert_eq!(Settings::keys().count(), 12);
}

#[test]
fn the_outside_prefix_and_the_extensions_keep_out_of_each_others_way() {
    let (_folder, mut store) = fresh();
    assert_eq!(
        field(store.put_extension(&Extension::new("0123", "", vec![]))),
        "number"
    );
    store
        .put_extension(&Extension::new("301", "", vec![]))
        .unwrap();
    let error = store.put_setting("outside_prefix", "3").unwrap_err();
    assert_eq!(error.to_string(), "the prefix 3 is used by extension 301");
    assert!(store.put_setting("outside_prefix", "301").is_err());
    store.put_setting("outside_prefix", "9").unwrap();
    store
        .put_extension(&Extension::new("0123", "", vec![]))
        .unwrap();
}

#[test]
fn ha1_is_that_of_the_rfcs() {
    // RFC 2617 §3.5: the HA1 behind its example response.
    let (md5, _) = ha1("Mufasa", "testrealm@host.com", "Circle Of Life");
    assert_eq!(hex(&md5), "939e7578ed9e3c518a452acee763bce9");
    // RFC 7616 §3.9.1.
    let (_, sha256) = ha1("Mufasa", "http-auth@example.org", "Circle of Life");
    assert_eq!(
        hex(&sha256),
        "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232"
    );
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_password_is_bound_to_the_domain_and_never_kept() {
    let (folder, mut store) = fresh();
    store
        .put_extension(&Extension::new(
            "201",
            "Anna",
            vec![sip("anna"), sip("anna-mobile")],
        ))
        .unwrap();
    assert_eq!(
        store.sip_users_without_password().unwrap(),
        ["anna", "anna-mobile"]
    );
    store.set_sip_password("anna", "Correct-Horse-7").unwrap();
    assert_eq!(store.sip_users_without_password().unwrap(), ["anna-mobile"]);
    let accounts = store.sip_accounts().unwrap();
    let (md5, sha256) = ha1("anna", "tipring.local", "Correct-Horse-7");
    assert_eq!((accounts[0].ha1_md5, accounts[0].ha1_sha256), (md5, sha256));
    assert_eq!(
        (
            accounts[0].extension.as_str(),
            accounts[0].display_name.as_str()
        ),
        ("201", "Anna")
    );
    assert!(!format!("{accounts:?}").contains("ha1"));

    let saved = store.put_setting("domain", "box.example.com").unwrap();
    assert_eq!(saved.need_new_password, ["anna", "anna-mobile"]);
    assert!(
        store.sip_accounts().unwrap().is_empty(),
        "the old hash is of another realm"
    );
    store.set_sip_password("anna", "Battery-Staple-8").unwrap();
    assert_eq!(store.sip_accounts().unwrap()[0].realm, "box.example.com");

    drop(store);
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(
            !bytes.windows(13).any(|window| window == b"Correct-Horse"),
            "a password is in the file"
        );
    }
}

#[test]
fn passwords_are_refused_for_strangers_and_when_they_are_bad() {
    let (_folder, mut store) = fresh();
    let error = store.set_sip_password("eve", "long enough").unwrap_err();
    assert_eq!(error.to_string(), "there is no SIP device \"eve\"");
    store
        .put_extension(&Extension::new("201", "", vec![sip("anna")]))
        .unwrap();
    let error = store.set_sip_password("anna", "short").unwrap_err();
    assert!(!error.to_string().contains("short\""), "{error}");
    assert_eq!(field(Err::<(), _>(error)), "password");
}

#[test]
fn a_changed_extension_keeps_the_passwords_of_devices_that_stay() {
    let (_folder, mut store) = fresh();
    let mut extension = Extension::new("201", "Anna", vec![sip("anna"), sip("desk")]);
    store.put_extension(&extension).unwrap();
    store.set_sip_password("anna", "sesame-street").unwrap();
    store.set_sip_password("desk", "sesame-street").unwrap();
    extension.devices = vec![Device::Fxs(LineId(1)), sip("anna")];
    extension.name = "Anna B".to_owned();
    store.put_extension(&extension).unwrap();
    assert_eq!(store.extensions().unwrap(), [extension.clone()]);
    let users: Vec<_> = store
        .sip_accounts()
        .unwrap()
        .into_iter()
        .map(|account| account.user)
        .collect();
    assert_eq!(users, ["anna"], "the removed device's password is gone");

    extension.enabled = false;
    store.put_extension(&extension).unwrap();
    assert!(
        store.sip_accounts().unwrap().is_empty(),
        "a disabled extension does not log in"
    );
    store.remove_extension("201").unwrap();
    assert!(store.remove_extension("201").is_err());
    store
        .put_extension(&Extension::new("202", "", vec![sip("anna")]))
        .unwrap();
    assert_eq!(store.sip_users_without_password().unwrap(), ["anna"]);
}

#[test]
fn a_device_of_another_extension_changes_nothing() {
    let (_folder, mut store) = fresh();
    store
        .put_extension(&Extension::new("101", "", vec![Device::Fxs(LineId(0))]))
        .unwrap();
    let before = store.extensions().unwrap();
    let greedy = Extension::new(
        "102",
        "",
        vec![Device::Fxs(LineId(1)), Device::Fxs(LineId(0))],
    );
    let error = store.put_extension(&greedy).unwrap_err();
    assert_eq!(error.to_string(), "FXS port 0 is used by extension 101");
    assert_eq!(store.extensions().unwrap(), before);
    let twice = Extension::new("103", "", vec![sip("x"), sip("x")]);
    assert_eq!(field(store.put_extension(&twice)), "devices");
}

#[test]
fn lines_and_trunks_come_back_as_they_were() {
    let (folder, mut store) = fresh();
    let line = Line {
        port: LineId(2),
        kind: PortKind::Fxo,
        name: "City".to_owned(),
        enabled: false,
        default_destination: Some("101".to_owned()),
        voice: Voice {
            echo_cancel: false,
            echo_tail_ms: 128,
            nlp: false,
            rx_gain_db: Decibels::from_tenths(-135),
            tx_gain_db: Decibels::from_tenths(47),
            country: Some("de".to_owned()),
        },
    };
    let trunk = Trunk {
        name: "provider".to_owned(),
        enabled: true,
        domain: "example.com".to_owned(),
        server: "192.0.2.1".to_owned(),
        port: 5080,
        transport: TrunkTransport::Tcp,
        credentials: Some(TrunkCredentials {
            user: "me".to_owned(),
            password: "secret".to_owned(),
        }),
        register_s: Some(600),
        default_destination: Some("101".to_owned()),
    };
    let plain = Trunk {
        name: "other".to_owned(),
        credentials: None,
        register_s: None,
        ..trunk.clone()
    };
    let error = store.put_line(&line).unwrap_err();
    assert_eq!(error.to_string(), "there is no extension \"101\"");
    store
        .put_extension(&Extension::new("101", "", vec![Device::Fxs(LineId(0))]))
        .unwrap();
    store.put_line(&line).unwrap();
    store.put_trunk(&trunk).unwrap();
    store.put_trunk(&plain).unwrap();
    assert!(!format!("{trunk:?}").contains("secret"));
    let bad_line = Line {
        kind: PortKind::Fxs,
        ..line.clone()
    };
    assert_eq!(field(store.put_line(&bad_line)), "default_destination");
    let voice = Voice::default;
    for (voice, error) in [
        (
            Voice {
                echo_tail_ms: 7,
                ..voice()
            },
            "echo_tail_ms \"7\": must be 8 to 128 milliseconds",
        ),
        (
            Voice {
                rx_gain_db: Decibels::from_tenths(-136),
                ..voice()
            },
            "rx_gain_db \"-13.6\": must be -13.5 to 12.0 dB",
        ),
        (
            Voice {
                tx_gain_db: Decibels::from_tenths(121),
                ..voice()
            },
            "tx_gain_db \"12.1\": must be -13.5 to 12.0 dB",
        ),
        (
            Voice {
                country: Some("DE".to_owned()),
                ..voice()
            },
            "country \"DE\": must be two lower-case letters (ISO 3166)",
        ),
    ] {
        let bad = Line {
            voice,
            ..line.clone()
        };
        assert_eq!(store.put_line(&bad).unwrap_err().to_string(), error);
    }
    for (bad, name) in [
        (
            Trunk {
                name: String::new(),
                ..trunk.clone()
            },
            "name",
        ),
        (
            Trunk {
                server: "a b".to_owned(),
                ..trunk.clone()
            },
            "server",
        ),
        (
            Trunk {
                port: 0,
                ..trunk.clone()
            },
            "port",
        ),
        (
            Trunk {
                register_s: Some(5),
                ..trunk.clone()
            },
            "register_s",
        ),
        (
            Trunk {
                credentials: None,
                ..trunk.clone()
            },
            "user",
        ),
    ] {
        assert_eq!(field(store.put_trunk(&bad)), name);
    }
    let phone_there = Extension::new("102", "", vec![Device::Fxs(LineId(2))]);
    assert_eq!(
        store.put_extension(&phone_there).unwrap_err().to_string(),
        "FXS port 2 is used by a telephone line"
    );
    let line_there = Line {
        port: LineId(0),
        ..line.clone()
    };
    assert_eq!(
        store.put_line(&line_there).unwrap_err().to_string(),
        "FXS port 0 is used by extension 101"
    );
    assert_eq!(
        store.remove_extension("101").unwrap_err().to_string(),
        "extension 101 is used by line 2"
    );
    drop(store);
    let (mut store, _) = reopen(&folder);
    assert_eq!(store.lines().unwrap(), [line]);
    assert_eq!(store.trunks().unwrap(), [plain, trunk]);
    store.remove_line(LineId(2)).unwrap();
    store.remove_trunk("other").unwrap();
    assert_eq!(
        store.remove_extension("101").unwrap_err().to_string(),
        "extension 101 is used by trunk provider"
    );
    assert!(store.remove_line(LineId(2)).is_err() && store.remove_trunk("other").is_err());
}

fn numbers(store: &Store) -> Vec<(String, Vec<Device>)> {
    store
        .extensions()
        .unwrap()
        .into_iter()
        .map(|e| (e.number, e.devices))
        .collect()
}

#[test]
fn a_new_card_is_usable_at_once_and_stays_as_people_change_it() {
    let (_folder, mut store) = fresh();
    let card = Provision { fxs: 2, fxo: 2 };
    store.provision(&card).unwrap();
    let fxs = |n| vec![Device::Fxs(LineId(n))];
    assert_eq!(
        numbers(&store),
        [("101".to_owned(), fxs(0)), ("102".to_owned(), fxs(1))]
    );
    let lines = store.lines().unwrap();
    let kinds: Vec<_> = lines
        .iter()
        .map(|line| (line.kind, line.name.as_str()))
        .collect();
    use PortKind::{Fxo, Fxs};
    assert_eq!(
        kinds,
        [
            (Fxs, "Phone 1"),
            (Fxs, "Phone 2"),
            (Fxo, "Line 1"),
            (Fxo, "Line 2")
        ]
    );
    assert_eq!(lines[2].default_destination.as_deref(), Some("101"));

    store.remove_extension("102").unwrap();
    let renamed = Line {
        name: "City".to_owned(),
        ..lines[3].clone()
    };
    store.put_line(&renamed).unwrap();
    store.provision(&card).unwrap();
    assert_eq!(
        numbers(&store),
        [("101".to_owned(), fxs(0))],
        "what was removed stays removed"
    );
    assert_eq!(store.lines().unwrap()[3], renamed);
}

#[test]
fn a_card_with_other_ports_is_set_up_anew_where_it_differs() {
    let (_folder, mut store) = fresh();
    store.provision(&Provision { fxs: 2, fxo: 2 }).unwrap();
    store.provision(&Provision { fxs: 1, fxo: 3 }).unwrap();
    assert_eq!(
        numbers(&store)[1],
        ("102".to_owned(), vec![]),
        "port 1 faces the exchange now"
    );
    assert_eq!(store.lines().unwrap()[1].kind, PortKind::Fxo);
    store
        .put_extension(&Extension::new("102", "Anna", vec![sip("anna")]))
        .unwrap();
    store.provision(&Provision { fxs: 2, fxo: 2 }).unwrap();
    let (number, devices) = &numbers(&store)[2];
    assert_eq!(
        (number.as_str(), devices.as_slice()),
        ("103", &[Device::Fxs(LineId(1))][..])
    );
}

#[test]
fn a_card_found_later_does_not_take_phones_from_their_extensions() {
    let (_folder, mut store) = fresh();
    let desk = Extension::new("300", "Desk", vec![Device::Fxs(LineId(0))]);
    let empty = Extension::new("102", "Hall", vec![]);
    store.put_extension(&desk).unwrap();
    store.put_extension(&empty).unwrap();
    store.provision(&Provision { fxs: 2, fxo: 0 }).unwrap();
    let hall = Extension {
        devices: vec![Device::Fxs(LineId(1))],
        ..empty
    };
    assert_eq!(store.extensions().unwrap(), [hall, desk]);
}

fn any_device() -> impl Strategy<Value = Device> {
    prop_oneof![
        (0u16..64).prop_map(|port| Device::Fxs(LineId(port))),
        "[A-Za-z0-9._-]{1,32}".prop_map(Device::Sip),
    ]
}

fn any_extension() -> impl Strategy<Value = Extension> {
    let devices = proptest::collection::btree_set(any_device(), 0..8);
    (
        "[1-9][0-9]{1,5}",
        "[^\\p{Cc}]{0,16}",
        any::<bool>(),
        any::<bool>(),
        devices,
    )
        .prop_map(|(number, name, enabled, call_waiting, devices)| Extension {
            number,
            name,
            enabled,
            call_waiting,
            devices: devices.into_iter().rev().collect(),
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever is accepted is read back the same; whatever is refused changes nothing.
    #[test]
    fn extensions_round_trip(wanted in proptest::collection::vec(any_extension(), 1..12)) {
        let (_folder, mut store) = fresh();
        store.conn.pragma_update(None, "synchronous", "off").unwrap();
        let mut model = std::collections::BTreeMap::new();
        for extension in wanted {
            match store.put_extension(&extension) {
                Ok(()) => drop(model.insert(extension.number.clone(), extension)),
                Err(StoreError::Taken { .. }) => {
                    let clash = |other: &&Extension| other.devices.iter().any(|d| extension.devices.contains(d));
                    prop_assert!(model.values().filter(|e| e.number != extension.number).any(|e| clash(&e)));
                }
                Err(error) => prop_assert!(false, "{error}"),
            }
            let expected: Vec<_> = model.values().cloned().collect();
            prop_assert_eq!(store.extensions().unwrap(), expected);
        }
    }
}
