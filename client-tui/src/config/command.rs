//! `chatter config`: the defaults, what is wrong, where the file is, the themes.

use std::io::{self, Write};

use super::{Sources, default_file};
use crate::cli::ConfigCommand;
use crate::theme::{Depth, write_samples};

/// Does `command`, in colours of `depth` where standard output is a terminal. `false` if something
/// is wrong with the settings, which is then said on `out` if that was asked, else on `err`.
///
/// # Errors
/// If `out` or `err` can't be written to.
pub fn run(
    command: ConfigCommand,
    sources: &Sources,
    depth: Option<Depth>,
    out: &mut impl Write,
    err: &mut impl Write,
) -> io::Result<bool> {
    let file = sources.file.display();
    match (command, sources.load()) {
        (ConfigCommand::Default, _) => out.write_all(default_file().as_bytes())?,
        (ConfigCommand::Path, _) => writeln!(out, "{file}")?,
        (ConfigCommand::Themes { check }, Ok(config)) => {
            out.write_all(write_samples(&config, depth, check).as_bytes())?;
        }
        (ConfigCommand::Check, Ok(_)) => {
            let absent = if sources.file.exists() { "" } else { "not there, " };
            writeln!(out, "{file}: {absent}no problems")?;
        }
        (ConfigCommand::Check, Err(problems)) => {
            for problem in problems {
                writeln!(out, "{problem}")?;
            }
            return Ok(false);
        }
        (ConfigCommand::Themes { .. }, Err(problems)) => {
            for problem in problems {
                writeln!(err, "{problem}")?;
            }
            return Ok(false);
        }
    }
    Ok(true)
}
