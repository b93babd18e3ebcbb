//! Packs the program's relocations where the C library knows how to read them (glibc from 2.36 on, ELF
//! `DT_RELR`): a megabyte less to ship and to read at each start. A library that does not know them
//! says so instead of starting the program.

use std::env;
use std::process::Command;

/// The first glibc that reads packed relocations.
const GLIBC_MIN: (u32, u32) = (2, 36);

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|it| it == value);
    let is_native = env::var("HOST").ok() == env::var("TARGET").ok();
    // The library of this machine says nothing about another's.
    if is_native
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && glibc().is_some_and(|version| version >= GLIBC_MIN)
    {
        println!("cargo::rustc-link-arg-bin=chatter=-Wl,-z,pack-relative-relocs");
    }
}

/// The version of this machine's glibc, as in `glibc 2.36`.
fn glibc() -> Option<(u32, u32)> {
    let asked = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(asked.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.split('.').next()?.parse().ok()?))
}
