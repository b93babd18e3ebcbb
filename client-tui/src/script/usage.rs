//! What is answered to a command line that names no command: help, the version, or what is wrong
//! with it.

use chatter_protocol::text::sanitize;
use clap::error::ErrorKind;

use super::exit::{Exit, Failure};
use super::out::say;
use super::{end, end_unwritten};

/// Prints the answer, on standard error if something is wrong; what was typed may be anybody's text.
pub fn answer(error: &clap::Error) -> Exit {
    if error.use_stderr() && is_json_wanted() {
        return end(&Failure::usage(sentence(error)), true);
    }
    let text = error.to_string();
    let harmless = sanitize(&text);
    if error.use_stderr() && harmless != text {
        say(harmless.trim_end());
        return Exit::Usage;
    }
    match error.print() {
        Err(error) => end_unwritten(&error, false),
        Ok(()) if error.use_stderr() => Exit::Usage,
        Ok(()) => Exit::Done,
    }
}

/// Whether `--json` was among what could not be understood.
fn is_json_wanted() -> bool {
    std::env::args_os().take_while(|word| word != "--").any(|word| word == "--json")
}

/// What is wrong, without the layout that it has for people.
fn sentence(error: &clap::Error) -> String {
    const WHAT_NEXT: &str = "--help shows how it is used.";
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return format!("A command is missing. {WHAT_NEXT}");
    }
    let text = error.to_string();
    let end = ["\n\nUsage:", "\n\nFor more"].iter().filter_map(|next| text.find(next)).min();
    let what: Vec<&str> = text[..end.unwrap_or(text.len())].split_whitespace().collect();
    let what = what.join(" ");
    let what = what.strip_prefix("error: ").unwrap_or(&what).trim_end_matches('.');
    format!("{what}. {WHAT_NEXT}")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Args;

    #[test]
    fn a_program_is_told_in_one_line_what_is_wrong() {
        for (arguments, what) in [
            (&["read", "grace", "--nonsense"][..], "unexpected argument '--nonsense' found"),
            (&["read"], "required arguments were not provided"),
            (&["read", "a b"], "invalid value 'a b'"),
            (&["token"], "A command is missing"),
        ] {
            let parsed = Args::try_parse_from([&["chatter"], arguments].concat());
            let said = sentence(&parsed.expect_err("it is wrong"));
            assert!(
                said.contains(what) && said.ends_with(". --help shows how it is used."),
                "{said}"
            );
            assert!(!said.contains('\n') && !said.contains("Usage:"), "{said}");
        }
    }
}
