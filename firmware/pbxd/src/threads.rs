//! Starting the threads, and the queues to and from them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use line_card::{Highway, LineCard};
use store::Store;
use telephony::{CallId, LineId};

use crate::clock::Clock;
use crate::daemon::Options;
use crate::line_station::{LineReport, LineSettings, LineStation};
use crate::line_thread::{self, ToLine};
use crate::mailbox::{self, mailbox};
use crate::media_thread::{MediaThread, ToMedia};
use crate::rtp_ports;
use crate::store_thread::{self, ToStore};
use crate::sys;

/// Places in each queue between threads. A busy box exchanges a few messages per call and second.
const QUEUE: usize = 1_024;
/// Stack of each thread, in octets: locked in memory with the rest.
const STACK: usize = 512 * 1_024;
/// Real-time priorities (sched(7)): media before lines, both before everything else of the box.
const MEDIA_PRIORITY: i32 = 50;
const LINE_PRIORITY: i32 = 40;

/// The threads and the way to each.
pub(crate) struct Threads {
    pub(crate) to_line: mailbox::Sender<ToLine>,
    pub(crate) to_media: mailbox::Sender<ToMedia>,
    pub(crate) to_store: SyncSender<ToStore>,
    pub(crate) handles: Vec<JoinHandle<()>>,
    pub(crate) ended: tokio::sync::mpsc::UnboundedReceiver<(&'static str, String)>,
}

/// What comes back from the threads.
pub(crate) struct Reports {
    pub(crate) line: mailbox::AsyncReceiver<(LineId, LineReport)>,
    pub(crate) media: mailbox::AsyncReceiver<media::Event>,
    pub(crate) stored: mailbox::AsyncReceiver<CallId>,
    pub(crate) lost_frames: Arc<AtomicU64>,
}

/// A queue that was full has lost messages: calls may hang in the state they had. It is said, never silent.
pub(crate) fn tell_dropped(count: u64, whose: &str) {
    if count > 0 {
        tracing::error!(
            count,
            whose,
            "messages were lost because their queue was full"
        );
    }
}

/// Starts line, media and store, each on a thread of its own.
///
/// # Errors
/// When the kernel has no thread or pipe left.
#[allow(clippy::too_many_arguments, reason = "each part goes to one thread")]
pub(crate) fn start<C, H>(
    options: &Options,
    clock: Clock,
    store: Store,
    card: C,
    highway: H,
    settings: Vec<LineSettings>,
    engine: media::Engine,
    rtp: Vec<rtp_ports::RtpSockets>,
    ports: usize,
) -> io::Result<(Threads, Reports)>
where
    C: LineCard + Send + 'static,
    H: Highway + Send + 'static,
{
    let (to_line, line_inbox) = mailbox::<ToLine, QUEUE>()?;
    let (line_reports, line) = mailbox::<(LineId, LineReport), QUEUE>()?;
    let (to_media, media_inbox) = mailbox::<ToMedia, QUEUE>()?;
    let (media_events, media) = mailbox::<media::Event, QUEUE>()?;
    let (stored_out, stored) = mailbox::<CallId, QUEUE>()?;
    let (to_store, store_inbox) = sync_channel(2 * QUEUE);
    let (ended_out, ended) = tokio::sync::mpsc::unbounded_channel();
    let realtime = options.realtime;
    let spawn = |name: &'static str,
                 priority: Option<i32>,
                 body: Box<dyn FnOnce() -> io::Result<()> + Send>| {
        let ended = ended_out.clone();
        std::thread::Builder::new().name(name.to_owned()).stack_size(STACK).spawn(move || {
            if let Some(priority) = priority.filter(|_| realtime)
                && let Err(error) = sys::set_realtime(priority)
            {
                tracing::warn!(%error, thread = name, "no real-time priority: speech may stutter when the machine is busy (needs CAP_SYS_NICE)");
            }
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
            let why = match result {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "it panicked".to_owned(),
            };
            let _ = ended.send((name, why));
        })
    };
    let station = LineStation::new(card, settings);
    let lost_frames = Arc::new(AtomicU64::new(0));
    let thread = MediaThread::new(
        clock,
        engine,
        highway,
        ports,
        rtp,
        media_inbox,
        media_events,
        lost_frames.clone(),
    );
    let handles = vec![
        spawn(
            "line",
            Some(LINE_PRIORITY),
            Box::new(move || line_thread::run(clock, station, line_inbox, line_reports)),
        )?,
        spawn(
            "media",
            Some(MEDIA_PRIORITY),
            Box::new(move || thread.run()),
        )?,
        spawn(
            "store",
            None,
            Box::new(move || {
                store_thread::run(clock, store, &store_inbox, stored_out);
                Ok(())
            }),
        )?,
    ];
    // After the threads have their stacks: those are locked, too.
    if realtime
        && let Err(error) = nix::sys::mman::mlockall(nix::sys::mman::MlockAllFlags::MCL_CURRENT)
    {
        tracing::warn!(%error, "memory is not locked: a page fault may interrupt speech (needs CAP_IPC_LOCK)");
    }
    let reports = Reports {
        line: line.into_async()?,
        media: media.into_async()?,
        stored: stored.into_async()?,
        lost_frames,
    };
    Ok((
        Threads {
            to_line,
            to_media,
            to_store,
            handles,
            ended,
        },
        reports,
    ))
}
