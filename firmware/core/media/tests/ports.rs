//! What a port is configured to, and what is measured on it.

mod bench;

use bench::{FREQ, Net, PEAK, port, sine};
use dsp::echo;
use media::{Command, Event, PortConfig, PortFigures};
use telephony::{LineId, Tone};

fn configure(net: &mut Net, line: u16, change: impl FnOnce(&mut PortConfig)) {
    let mut config = PortConfig::new(dsp::tone::plan("us").expect("a plan"));
    change(&mut config);
    let line = LineId(line);
    net.tell(0, Command::ConfigurePort { line, config });
}

fn measured(net: &mut Net, line: u16) -> PortFigures {
    net.events.clear();
    let line = LineId(line);
    net.tell(0, Command::MeasurePort { line });
    let figures: Vec<_> = net
        .events
        .iter()
        .filter_map(|(_, event)| match event {
            Event::PortMeasured { line: at, figures } if *at == line => Some(*figures),
            _ => None,
        })
        .collect();
    assert_eq!(figures.len(), 1, "one answer to one question");
    figures[0]
}

#[test]
fn a_call_is_as_loud_as_both_ports_gains_make_it_and_is_measured() {
    let mut net = Net::new(1);
    configure(&mut net, 0, |config| config.rx_gain_db = 4.0);
    configure(&mut net, 1, |config| config.tx_gain_db = -10.0);
    net.connect(0, port(0), port(1));
    net.say = Box::new(|_, port, frame| sine(frame, FREQ, if port == 0 { PEAK } else { 0.0 }));
    net.run(2_000);
    let level = dsp::level::dbm0(&net.heard[0][1][800..]);
    assert!((level + 16.0).abs() < 0.1, "{level}");
    let near = |level: Option<f32>, to: f32| level.is_some_and(|level| (level - to).abs() < 0.1);
    let (said, heard) = (measured(&mut net, 0), measured(&mut net, 1));
    assert!(
        near(said.rx_dbm0, -10.0) && said.tx_dbm0.is_none(),
        "{said:?}"
    );
    assert!(
        near(heard.tx_dbm0, -16.0) && heard.rx_dbm0.is_none(),
        "{heard:?}"
    );

    net.tell(0, Command::ReleasePort { line: LineId(0) });
    let after = measured(&mut net, 0);
    assert_eq!(after.rx_dbm0, None, "the next call's figures are its own");
    assert!(after.echo.is_some());
    configure(&mut net, 0, |config| config.echo = None);
    assert_eq!(measured(&mut net, 0).echo, None);
}

#[test]
fn each_port_has_the_tones_of_its_own_country() {
    let mut net = Net::new(1);
    configure(&mut net, 1, |config| {
        config.plan = dsp::tone::plan("de").expect("a plan");
        config.echo = Some(echo::Config {
            tail_ms: 64,
            nlp: false,
        });
    });
    for bearer in [port(0), port(1)] {
        let tone = Tone::Dial;
        net.tell(0, Command::PlayTone { bearer, tone });
    }
    net.run(1_000);
    let hears = |line: usize, hz| dsp::level::goertzel_dbm0(&net.heard[0][line][800..], hz);
    assert!(hears(0, 350.0) > -17.0 && hears(0, 425.0) < -50.0);
    assert!(hears(1, 425.0) > -14.0 && hears(1, 350.0) < -50.0);
}

#[test]
fn a_port_that_is_not_there_is_refused() {
    let mut net = Net::new(1);
    configure(&mut net, 9, |_| {});
    net.tell(0, Command::MeasurePort { line: LineId(9) });
    assert_eq!(net.engines[0].refused_commands(), 2);
    assert!(net.events.is_empty());
}
