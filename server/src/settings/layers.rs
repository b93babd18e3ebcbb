//! Flags over environment over file over defaults.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use thiserror::Error;

use super::Settings;
use super::keys::Layer;

/// A small, trustworthy chat server: one binary, embedded SQLite.
///
/// Starts on 127.0.0.1:3040 without any flag. Every flag has an environment variable and a key of
/// the same name, with _ for -, in the file that --config names.
#[derive(Debug, Parser)]
#[command(name = "chatter-server", version, args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until told to stop; what happens without a command, too
    Serve(Box<Flags>),
}

#[derive(Debug, Args)]
struct Flags {
    /// TOML file with settings.
    #[arg(long, env = "CHATTER_SERVER_CONFIG", help_heading = "Server")]
    config: Option<PathBuf>,
    #[command(flatten)]
    layer: Layer,
}

/// Why the settings can't be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file can't be read.
    #[error("The settings file {path} can't be read: {source}", path = path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file has an unknown key or a bad value; the text names it.
    #[error("The settings file {path} is not right: {source}", path = path.display())]
    Misspelt {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A value does not fit.
    #[error("{key}: {message}")]
    Refused {
        /// The key.
        key: &'static str,
        /// Why, and what to do.
        message: String,
    },
}

impl CommandLine {
    /// The settings that flags, environment, file and defaults make.
    ///
    /// # Errors
    /// What can't be read or does not fit.
    pub fn settings(self) -> Result<Settings, SettingsError> {
        let flags = match self.command {
            Some(Command::Serve(flags)) => *flags,
            None => self.flags,
        };
        let mut settings = Settings::default();
        if let Some(path) = flags.config {
            settings = read_file(&path)?.over(settings);
        }
        let settings = flags.layer.over(settings);
        settings.check()?;
        Ok(settings)
    }
}

fn read_file(path: &Path) -> Result<Layer, SettingsError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|source| SettingsError::Misspelt {
        path: path.to_owned(),
        source: Box::new(source),
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::keys::ENVIRONMENT;
    use super::*;

    fn parse(file: &str, flags: &[&str]) -> Result<Settings, SettingsError> {
        let mut config = tempfile::NamedTempFile::new().expect("a file");
        config.write_all(file.as_bytes()).expect("written");
        let path = config.path().to_str().expect("plain").to_owned();
        let line = ["chatter-server", "--config", &path];
        CommandLine::try_parse_from(line.iter().chain(flags)).expect("flags").settings()
    }

    #[test]
    fn flags_win_over_the_file_and_that_over_the_defaults() {
        let file = "heartbeat_ms = 1000\nbody_bytes_max = 99\nallowed_origins = [\"https://a\"]";
        let settings = parse(file, &["--body-bytes-max", "7"]).expect("settings");
        assert_eq!((settings.heartbeat_ms, settings.body_bytes_max), (1000, 7));
        assert_eq!(settings.page_rows_max, 200);
        assert_eq!(settings.allowed_origins.0, ["https://a"]);
    }

    #[test]
    fn the_default_limits_are_those_of_the_protocol() {
        assert_eq!(Settings::default().limits(), chatter_protocol::Limits::default());
    }

    #[test]
    fn what_is_wrong_is_refused_by_name() {
        for (file, flags, name) in [
            ("heartbeet_ms = 1", &[][..], "heartbeet_ms"),
            ("page_rows_max = \"many\"", &[][..], "page_rows_max"),
            ("heartbeat_ms = 0", &[][..], "heartbeat_ms"),
            ("", &["--listen", "0.0.0.0:1"][..], "listen"),
            ("tls_cert = \"x\"", &[][..], "tls_cert"),
            ("trusted_proxies = [\"proxy.example.org\"]", &[][..], "trusted_proxies"),
        ] {
            let error = parse(file, flags).expect_err(name).to_string();
            assert!(error.contains(name), "{error}");
        }
        let line = ["chatter-server", "--page-rows-max", "many"];
        let error = CommandLine::try_parse_from(line).expect_err("refused").to_string();
        assert!(error.contains("--page-rows-max"), "{error}");
    }

    #[test]
    fn every_environment_variable_is_named_after_its_key() {
        for (key, variable) in ENVIRONMENT {
            assert_eq!(*variable, format!("CHATTER_SERVER_{}", key.to_uppercase()));
        }
    }

    #[test]
    fn the_example_file_has_every_key_at_its_default() {
        let example = include_str!("../../../examples/server/chatter-server.toml");
        let is_key = |line: &&str| line.starts_with('#') && !line.starts_with("# ") && *line != "#";
        let lines: Vec<&str> = example.lines().filter(is_key).map(|line| &line[1..]).collect();
        let key = |line: &&str| line.split(" = ").next().map(str::to_owned);
        let keys: Vec<String> = lines.iter().filter_map(key).collect();
        let all = ENVIRONMENT.iter().map(|(key, _)| *key).chain(["tls_cert", "tls_key"]);
        assert_eq!(keys, all.collect::<Vec<_>>());

        let settings = parse(&lines.join("\n"), &[]).expect("loads");
        let (data, tls_cert, tls_key) = (settings.data, settings.tls_cert, settings.tls_key);
        assert!(data.is_absolute() && tls_cert.is_some() && tls_key.is_some());
        // The default of these three depends on the machine, or is nothing.
        let default = Settings::default();
        let settings =
            Settings { data: default.data.clone(), tls_cert: None, tls_key: None, ..settings };
        assert_eq!(format!("{settings:?}"), format!("{default:?}"));
        assert!(parse(example, &[]).is_ok(), "also as it is");
    }

    #[test]
    fn plain_http_beyond_loopback_needs_to_be_asked_for() {
        let settings = parse("allow_plain = true", &["--listen", "0.0.0.0:1"]);
        assert!(settings.is_ok());
    }
}
