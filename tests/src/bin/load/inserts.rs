//! A bare loop of inserts with one sync for each transaction: the most that a store on this disk can do.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;

use crate::Options;
use crate::generator::number;
use crate::meter::Latencies;
use crate::report::{Report, Row};
use crate::said::Said;
use crate::target;

/// Rows of one transaction.
const BATCHES: [usize; 4] = [1, 10, 100, 256];

/// Rows of each loop, at most.
const ROWS: usize = 100_000;

/// Syncs that are timed.
const SYNCS: u32 = 500;

/// A block of a disk.
const BLOCK: [u8; 4096] = [0; 4096];

/// One table of messages in write-ahead mode, synchronised at each commit.
pub(crate) struct Table {
    connection: Connection,
    rows: i64,
}

impl Table {
    /// A fresh one in this file.
    pub(crate) fn create(file: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(file)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.execute_batch(
            "CREATE TABLE messages (id INTEGER PRIMARY KEY, room INTEGER NOT NULL, body TEXT NOT NULL);
             CREATE INDEX by_room ON messages (room, id);",
        )?;
        Ok(Self { connection, rows: 0 })
    }

    /// Stores these bodies in one transaction.
    pub(crate) fn insert<'a>(
        &mut self,
        bodies: impl Iterator<Item = &'a str>,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for body in bodies {
            self.rows += 1;
            let room = self.rows % 100;
            transaction
                .prepare_cached("INSERT INTO messages (id, room, body) VALUES (?1, ?2, ?3)")?
                .execute((self.rows, room, body))?;
        }
        transaction.commit()
    }
}

/// The disk's sync, then the loops.
pub(crate) fn measure(options: &Options, report: &mut Report) -> anyhow::Result<()> {
    let folder = target::folder(options)?;
    let syncs = syncs(&folder.path().join("syncs"))?;
    report.add(
        Row::new("disk", "append 4 KiB, sync")
            .with("p50 ms", syncs.ms(0.5))
            .with("p99 ms", syncs.ms(0.99)),
    )?;
    for batch in BATCHES {
        let mut table = Table::create(&folder.path().join(format!("batch{batch}.sqlite3")))?;
        let (time, start) = (options.time(5), Instant::now());
        let body = Said { due_us: 0, number: 0 }.body();
        let mut rows = 0;
        while rows < ROWS && start.elapsed() < time {
            table.insert(std::iter::repeat_n(body.as_str(), batch))?;
            rows += batch;
        }
        let seconds = start.elapsed().as_secs_f64();
        report.add(
            Row::new("inserts", &format!("{batch} in each commit"))
                .with("rows/s", number(rows as u64) / seconds)
                .with("commits/s", number((rows / batch) as u64) / seconds),
        )?;
    }
    Ok(())
}

fn syncs(path: &Path) -> anyhow::Result<Latencies> {
    let mut file = std::fs::File::create(path)?;
    let mut times = Vec::new();
    for _ in 0..SYNCS {
        file.write_all(&BLOCK)?;
        let start = Instant::now();
        file.sync_data()?;
        times.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok(Latencies::of(times))
}
