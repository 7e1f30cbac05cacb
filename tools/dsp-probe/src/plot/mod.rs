//! `dsp-probe plot`: what the line DSP does, drawn from the conformance suite's signals. The seed is fixed, so a drawing changes only
//! when what it shows does.

mod dtmf;
mod erle;
mod svg;

use std::path::PathBuf;

use clap::Subcommand;

use crate::probe::Failure;

#[derive(Subcommand)]
pub enum What {
    /// Echo return loss enhancement over time, at four tails
    Erle { svg: PathBuf },
    /// Which digits are told: twist over frequency, level over length
    Dtmf { svg: PathBuf },
}

pub fn run(what: &What) -> Result<(), Failure> {
    let (path, drawing) = match what {
        What::Erle { svg } => (svg, erle::draw()),
        What::Dtmf { svg } => (svg, dtmf::draw()),
    };
    std::fs::write(path, drawing).map_err(|why| {
        let path = path.display();
        Failure::Argument(format!("{path}: {why}"))
    })
}
