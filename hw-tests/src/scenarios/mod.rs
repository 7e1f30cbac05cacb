//! Call stories, one file a family, each written for every bench: in virtual time on the Sim bench (`tests/sim.rs`), in real time
//! in the demo. A story leaves the bench as it found it: everybody on hook, every line idle, every call recorded.

mod echo;
mod every_port;
mod failing;
mod hanging_up;
mod holding;
mod inside;
mod line_trouble;
mod off_hook;
mod outside;
mod party;
mod phone_phone;
mod phone_sip;
mod sound;
mod speech;
pub mod steps;
mod transferring;
mod waiting;

use store::{Device, Extension, Store, StoreError};
use telephony::PortKind;

pub use echo::{bad_pair, on_phone};
pub use outside::{
    BY_REVERSAL, BY_RINGBACK, directory, far_talks, far_talks_after, line_idle, outpulsed,
};
pub use party::{Party, describe};
pub use sound::{
    BUSY, CALL_WAITING, CONGESTION, DIAL, FAR_RINGBACK, HOLD, RINGBACK, Sound, hears,
    hears_cadence, hears_nothing, hears_unobtainable, hears_within, sounds,
};

use crate::Bench;

/// A story and what it shows.
#[derive(Clone, Copy)]
pub struct Story {
    /// Its name.
    pub name: &'static str,
    /// One line for readers.
    pub shows: &'static str,
    /// Tells it.
    ///
    /// # Panics
    /// When somebody hears what they should not.
    pub run: fn(&mut dyn Bench),
}

const fn story(name: &'static str, shows: &'static str, run: fn(&mut dyn Bench)) -> Story {
    Story { name, shows, run }
}

/// Every story, the plain ones first.
pub const ALL: &[Story] = &[
    story(
        "phone_phone",
        "an analog phone calls another; 101 hangs up",
        phone_phone::story,
    ),
    story(
        "phone_sip",
        "an analog phone calls a SIP phone, which hangs up",
        phone_sip::phone_sip,
    ),
    story(
        "sip_phone",
        "a SIP phone calls an analog phone, which hangs up",
        phone_sip::sip_phone,
    ),
    story(
        "sip_sip",
        "a SIP phone calls another; the caller hangs up",
        phone_sip::sip_sip,
    ),
    story(
        "phone_line",
        "an analog phone calls outside; answered by polarity reversal",
        outside::phone_line,
    ),
    story(
        "phone_line_ringback",
        "an analog phone calls outside; the answer shows in the end of ringback",
        outside::phone_line_ringback,
    ),
    story("sip_line", "a SIP phone calls outside", outside::sip_line),
    story(
        "line_phone",
        "a call from outside rings an analog phone, the number sent in six ways",
        inside::line_phone,
    ),
    story(
        "line_sip",
        "a call from outside rings a SIP phone, the number sent in three ways",
        inside::line_sip,
    ),
    story("pulse_dialling", "a rotary dial", phone_phone::pulse),
    story(
        "busy",
        "the called phone is in use, or refuses",
        failing::busy,
    ),
    story("no_answer", "nobody answers", failing::no_answer),
    story(
        "unknown_number",
        "a number that does not exist",
        failing::unknown,
    ),
    story(
        "unregistered",
        "a SIP extension without a phone",
        failing::unregistered,
    ),
    story(
        "dialling_timers",
        "16 s for the first digit, 4 s for the next, and #",
        failing::timers,
    ),
    story(
        "outside_refused",
        "the exchange says busy, congestion, unknown number",
        outside::refused,
    ),
    story(
        "called_phone_hangs_up",
        "the called analog phone hangs up first",
        phone_phone::called_hangs_up,
    ),
    story(
        "called_sip_hangs_up",
        "the called SIP phone hangs up first",
        phone_sip::called_sip_hangs_up,
    ),
    story(
        "phone_hangs_up",
        "an analog phone hangs up in every state",
        hanging_up::phone,
    ),
    story(
        "sip_hangs_up",
        "a SIP phone hangs up in every state",
        hanging_up::sip,
    ),
    story(
        "before_the_answer",
        "a call outside ends before the answer, from either end",
        outside::before_the_answer,
    ),
    story(
        "far_hangs_up",
        "the far party of a call outside hangs up, told in five ways",
        outside::every_disconnect,
    ),
    story(
        "caller_hangs_up",
        "the caller from outside hangs up, told in four ways",
        inside::every_disconnect,
    ),
    story(
        "caller_gives_up",
        "the caller from outside gives up while it rings",
        inside::gives_up,
    ),
    story(
        "incoming_refused",
        "a SIP phone refuses a call from outside",
        inside::refused,
    ),
    story(
        "hold_by_sip",
        "a SIP phone holds and takes back",
        holding::by_sip,
    ),
    story(
        "hold_by_flash",
        "an analog phone holds and takes back by flash",
        holding::by_flash,
    ),
    story(
        "rung_back",
        "hanging up with somebody on hold: the phone is rung back",
        holding::rung_back,
    ),
    story(
        "transfer_blind",
        "a SIP phone hands a caller over, unseen (REFER)",
        transferring::blind,
    ),
    story(
        "transfer_attended",
        "a SIP phone asks first, then joins the two (REFER with Replaces)",
        transferring::attended,
    ),
    story(
        "transfer_by_flash",
        "an analog phone asks first, then joins the two by hanging up",
        transferring::by_flash,
    ),
    story(
        "transfer_by_flash_ringing",
        "an analog phone hangs up while the third party still rings",
        transferring::by_flash_ringing,
    ),
    story(
        "transfer_line_by_flash",
        "an analog phone hands a call outside over by flash",
        transferring::line_by_flash,
    ),
    story(
        "transfer_line_by_refer",
        "a SIP phone hands a caller from outside over (REFER)",
        transferring::line_by_refer,
    ),
    story(
        "call_waiting",
        "a second call knocks at an analog phone; flashes swap",
        waiting::story,
    ),
    story(
        "call_waiting_given_up",
        "the waiting caller gives up, another rings the phone after the call",
        waiting::given_up,
    ),
    story(
        "call_waiting_from_outside",
        "a call from outside knocks at an analog phone",
        waiting::from_outside,
    ),
    story(
        "every_port",
        "every port talks at once, then each phone has two calls",
        every_port::story,
    ),
    story(
        "lines_and_sip",
        "both lines talk to SIP phones, the phones to each other",
        every_port::lines_and_sip,
    ),
    story("all_lines_busy", "no line is free", outside::all_lines_busy),
    story(
        "glare",
        "a call arrives in the moment the line is seized",
        line_trouble::glare,
    ),
    story(
        "cut_line",
        "a cable is cut before a call and in one",
        line_trouble::cut,
    ),
    story(
        "off_hook",
        "a phone lies beside its hook: congestion tone, howler, silence",
        off_hook::story,
    ),
    story(
        "echo_of_a_phone",
        "an analog phone on a bad hybrid: what a SIP phone hears of itself, alone and in double talk",
        echo::phone,
    ),
    story(
        "echo_of_a_line",
        "a telephone line on a bad hybrid: what a SIP phone hears of itself, alone and in double talk",
        echo::line,
    ),
];

/// What stories count on besides an extension for every phone: 119, a SIP extension without a phone; calls on line 1 ring 101,
/// on the other lines 111.
///
/// # Errors
/// When the store refuses.
pub fn office(store: &mut Store) -> Result<(), StoreError> {
    store.put_extension(&Extension::new(
        "119",
        "Nobody",
        vec![Device::Sip("119".to_owned())],
    ))?;
    store.set_sip_password("119", "never used")?;
    let has_sip = store
        .extensions()?
        .iter()
        .any(|extension| extension.number == "111");
    for mut line in store
        .lines()?
        .into_iter()
        .filter(|line| line.kind == PortKind::Fxo)
        .skip(1)
    {
        if has_sip {
            line.default_destination = Some("111".to_owned());
            store.put_line(&line)?;
        }
    }
    Ok(())
}
