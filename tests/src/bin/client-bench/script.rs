//! Commands from their start to their end, as a script waits for them.

use std::time::Instant;

use crate::Plan;
use crate::report::Report;
use crate::stage::Stage;

/// `chatter send`, ms.
const AIM_SEND_MS: f64 = 30.0;

/// Commands in a row.
const COMMANDS: usize = 50;

pub(crate) fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let stage = Stage::set()?;
    let count = if plan.quick { 5 } else { COMMANDS };
    let mut floor = std::process::Command::new("true");
    let took = |run: &mut dyn FnMut() -> anyhow::Result<()>| -> anyhow::Result<Vec<f64>> {
        (0..count)
            .map(|_| {
                let start = Instant::now();
                run()?;
                Ok(start.elapsed().as_secs_f64() * 1e3)
            })
            .collect()
    };
    report.add(
        "script",
        "floor: true",
        "ms",
        took(&mut || {
            floor.output()?;
            Ok(())
        })?,
        None,
    );
    let version = took(&mut || {
        stage.ada.run(&["--version"]).exits(0);
        Ok(())
    })?;
    report.add("script", "--version", "ms", version, None);
    let send = took(&mut || {
        stage.ada.run(&["send", "bob", "done"]).exits(0);
        Ok(())
    })?;
    report.add("script", "send", "ms", send, Some(AIM_SEND_MS));
    Ok(())
}
