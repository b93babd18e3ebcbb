//! From the start of the program to the first screen: with nothing kept, and with long histories of
//! which the newest messages show; with the server there and away.

use portable_pty::CommandBuilder;

use crate::Plan;
use crate::pty::Pty;
use crate::report::Report;
use crate::stage::{SILENCE, Stage, plain};

/// Begins the newest message, so that it is seen when that shows.
const LAST: &str = "\u{1300}";

/// First full screen, ms.
const AIM_MS: f64 = 15.0;

pub(crate) fn measure(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    floor(plan, report)?;
    for count in [0].into_iter().chain(plan.histories()) {
        let mut stage = Stage::set()?;
        let last = if count == 0 { "Chats" } else { LAST };
        if count > 0 {
            stage.say_before(count, LAST)?;
            stage.fill_cache(true)?;
        } else {
            // The account is known, and that it has nothing.
            stage.rest(&Pty::spawn(stage.command())?)?;
        }
        let name = format!("{count} kept");
        starts(&stage, plan, report, &name, last)?;
        stage.server.stop();
        starts(&stage, plan, report, &format!("{name}, no server"), last)?;
    }
    let mut stage = Stage::set()?;
    stage.say_before(plan.histories()[0], LAST)?;
    unread(&stage, plan, report)?;
    first_time(&stage, plan, report)
}

/// What the terminal, a process and one write cost.
fn floor(plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let mut took = Vec::new();
    for _ in 0..plan.short_rounds() {
        let mut command = plain("printf");
        command.arg(LAST);
        took.push(shown_ms(command, LAST)?.0);
    }
    report.add("start", "floor: printf", "ms", took, None);
    Ok(())
}

fn starts(
    stage: &Stage,
    plan: &Plan,
    report: &mut Report,
    name: &str,
    last: &str,
) -> anyhow::Result<()> {
    let (mut shown, mut all, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.short_rounds() {
        let (first, settled, count) = shown_ms(stage.command(), last)?;
        shown.push(first);
        all.push(settled);
        bytes.push(count as f64);
    }
    report.add("start", format!("{name}: newest message shows"), "ms", shown, Some(AIM_MS));
    report.add("start", format!("{name}: last byte before 250 ms"), "ms", all, Some(AIM_MS));
    report.add("start", format!("{name}: written"), "B", bytes, None);
    Ok(())
}

/// A long history, all of which is unread.
fn unread(stage: &Stage, plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    stage.fill_cache(false)?;
    starts(stage, plan, report, &format!("{} kept and unread", plan.histories()[0]), LAST)
}

/// An account of which nothing is kept here, so that all comes from the server.
fn first_time(stage: &Stage, plan: &Plan, report: &mut Report) -> anyhow::Result<()> {
    let mut took = Vec::new();
    for _ in 0..plan.short_rounds() {
        stage.empty_cache()?;
        took.push(shown_ms(stage.command(), LAST)?.0);
    }
    report.add("start", "nothing kept: newest message shows", "ms", took, None);
    Ok(())
}

/// How long until `last` shows, and until the last byte before a silence; bytes until then.
fn shown_ms(command: CommandBuilder, last: &str) -> anyhow::Result<(f64, f64, u64)> {
    let client = Pty::spawn_marked(command, last)?;
    let shown = client.marked()?;
    let settled = client.quiet(SILENCE)?;
    let ms = |at: std::time::Instant| at.duration_since(client.started()).as_secs_f64() * 1e3;
    Ok((ms(shown), ms(settled), client.bytes()))
}
