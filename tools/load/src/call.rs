//! Calls without speech.

use std::path::Path;
use std::time::{Duration, Instant};

use hw_tests::sip_phone::State;

use crate::delay;
use crate::process::Daemon;
use crate::wire::{self, Wired};

/// Calls made before counting begins.
const WARM_UP: u32 = 50;
/// After the last call: what the daemon still does for it is counted, too (SIP's Timer J and H are 32 s and not waited for).
const SETTLE: Duration = Duration::from_secs(1);

pub(crate) fn measure(pbx: &Path, calls: u32, rate: u32) -> Result<Vec<(String, String)>, String> {
    let daemon = Daemon::start(pbx)?;
    let idle = idle(&daemon);
    let mut caller = Wired::register(&daemon, "111")?;
    let mut callee = Wired::register(&daemon, "112")?;
    run(&mut caller, &mut callee, WARM_UP, rate)?;
    let before = daemon.cpu();
    let setup = run(&mut caller, &mut callee, calls, rate)?;
    wait(SETTLE, &mut caller, &mut callee);
    let spent = daemon.cpu() - before;
    let mut setup = setup;
    setup.sort_unstable();
    let median = setup[setup.len() / 2];
    let mut figures = vec![
        (
            "start to first SIP answer, ms".to_owned(),
            format!("{:.1}", daemon.first_answer.as_secs_f64() * 1e3),
        ),
        ("idle RSS, kB".to_owned(), idle.to_string()),
        (
            format!("CPU per call, us ({calls} calls, {rate}/s)"),
            format!("{:.1}", spent.as_secs_f64() * 1e6 / f64::from(calls)),
        ),
        (
            "INVITE to 180, median, ms".to_owned(),
            format!("{:.2}", median.as_secs_f64() * 1e3),
        ),
        (
            "RSS after the calls, kB".to_owned(),
            daemon.rss_kb().to_string(),
        ),
    ];
    figures.extend(delay::measure());
    Ok(figures)
}

fn idle(daemon: &Daemon) -> u64 {
    daemon.rss_kb()
}

/// Makes calls at a steady rate; each is answered as it rings and hung up as it is answered. Returns the times to 180.
fn run(
    caller: &mut Wired,
    callee: &mut Wired,
    calls: u32,
    rate: u32,
) -> Result<Vec<Duration>, String> {
    let gap = Duration::from_secs(1) / rate;
    let began = Instant::now();
    let (first, first_in) = (caller.phone.call_count(), callee.phone.call_count());
    let mut started = Vec::new();
    let mut rang: Vec<Option<Duration>> = vec![None; calls as usize];
    let mut over = 0;
    let limit = gap * calls + Duration::from_secs(10);
    while over < calls as usize {
        if began.elapsed() > limit {
            return Err(format!("{over} of {calls} calls were over in time"));
        }
        while started.len() < calls as usize && began.elapsed() >= gap * started.len() as u32 {
            caller.phone.call("112");
            started.push(Instant::now());
        }
        wire::wait(&[caller, callee]);
        caller.turn();
        callee.turn();
        for n in first_in..callee.phone.call_count() {
            if callee.phone.state(n) == Some(&State::Ringing) {
                callee.phone.answer(n);
            }
        }
        over = 0;
        for (n, start) in started.iter().enumerate() {
            match caller.phone.state(first + n) {
                Some(State::Ringback | State::Up) if rang[n].is_none() => {
                    rang[n] = Some(start.elapsed())
                }
                _ => {}
            }
            match caller.phone.state(first + n) {
                Some(State::Up) => caller.phone.hang_up(first + n),
                Some(State::Over(200)) => over += 1,
                Some(State::Over(status)) => return Err(format!("a call ended with {status}")),
                _ => {}
            }
        }
    }
    Ok(rang.into_iter().flatten().collect())
}

fn wait(time: Duration, caller: &mut Wired, callee: &mut Wired) {
    let began = Instant::now();
    while began.elapsed() < time {
        wire::wait(&[caller, callee]);
        caller.turn();
        callee.turn();
    }
}
