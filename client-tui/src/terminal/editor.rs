//! A message edited in the person's own editor. The terminal must have been given back before.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;
use uuid::Uuid;

use crate::private_file;

/// Largest text taken back, bytes; a message has at most 16 KiB, and what is too long should be
/// seen as too long, not cut.
const TEXT_BYTES_MAX: u64 = 64 * 1024;

/// The editor where nobody names one.
const EDITOR_DEFAULT: &str = "vi";

/// A program with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalEditor {
    words: Vec<String>,
}

impl ExternalEditor {
    /// The editor that is set, else `$VISUAL`, `$EDITOR`, or vi. Words are split as a shell does,
    /// without a shell.
    ///
    /// # Errors
    /// If the command can't be split into words, as a sentence.
    pub fn choose(
        configured: &str,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let named = [Some(configured.to_owned()), variable("VISUAL"), variable("EDITOR")];
        let command = named.into_iter().flatten().find(|command| !command.trim().is_empty());
        let command = command.unwrap_or_else(|| EDITOR_DEFAULT.to_owned());
        match shlex::split(&command).filter(|words| !words.is_empty()) {
            Some(words) => Ok(Self { words }),
            None => Err(format!(
                "The editor's command can't be understood: {command}. Close its quotes in the \
                 setting composer.editor, or in $VISUAL or $EDITOR."
            )),
        }
    }

    /// Lets the person edit `text` in a file in `folder` that only they can read, and that is gone
    /// afterwards, however it ends. The line feed that editors put at the end is taken off.
    ///
    /// # Errors
    /// If the editor can't be started or fails, or the text is too long, as a sentence.
    pub async fn edit(&self, text: &str, folder: &Path) -> Result<String, String> {
        let draft = DraftFile::create(folder, text)
            .map_err(|error| format!("No file for the editor in {}: {error}.", folder.display()))?;
        let name = &self.words[0];
        let mut command = Command::new(name);
        command.args(&self.words[1..]).arg(&draft.path).stdin(keyboard()).kill_on_drop(true);
        let status = command.status().await.map_err(|error| {
            format!("{name} can't be started: {error}. Name another editor in composer.editor.")
        })?;
        if !status.success() {
            return Err(format!("{name} failed ({status}), so the message stays as it was."));
        }
        draft.read()
    }
}

/// The terminal, also where standard input is a pipe that a password came through.
fn keyboard() -> Stdio {
    match io::stdin().is_terminal() {
        true => Stdio::inherit(),
        false => File::open("/dev/tty").map_or_else(|_| Stdio::null(), Stdio::from),
    }
}

/// Removed when dropped.
struct DraftFile {
    path: PathBuf,
}

impl DraftFile {
    fn create(folder: &Path, text: &str) -> io::Result<Self> {
        let path = folder.join(format!("message-{}.md", Uuid::new_v4().simple()));
        let mut file = private_file::create(&path)?;
        let draft = Self { path };
        file.write_all(text.as_bytes())?;
        Ok(draft)
    }

    fn read(&self) -> Result<String, String> {
        let mut bytes = Vec::new();
        // By its name: editors put another file in its place.
        let file = File::open(&self.path).map(|file| file.take(TEXT_BYTES_MAX + 1));
        file.and_then(|mut file| file.read_to_end(&mut bytes))
            .map_err(|error| format!("What you wrote can't be read: {error}."))?;
        if bytes.len() as u64 > TEXT_BYTES_MAX {
            let limit = TEXT_BYTES_MAX / 1024;
            return Err(format!("What you wrote is longer than {limit} KiB, so it is not taken."));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| "What you wrote is no UTF-8 text, so it is not taken.".to_owned())?;
        Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
    }
}

impl Drop for DraftFile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, "the editor's file stays behind");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(configured: &str, visual: &str, editor: &str) -> Result<Vec<String>, String> {
        let variable = |name: &str| match name {
            "VISUAL" => Some(visual.to_owned()),
            _ => Some(editor.to_owned()),
        };
        ExternalEditor::choose(configured, variable).map(|editor| editor.words)
    }

    #[test]
    fn the_first_editor_that_is_named_is_taken_word_by_word() {
        assert_eq!(words("code --wait", "vim", "ed").expect("words"), ["code", "--wait"]);
        assert_eq!(words("", "emacs -nw", "ed").expect("words"), ["emacs", "-nw"]);
        assert_eq!(words("", " ", "'my editor' -x").expect("words"), ["my editor", "-x"]);
        assert_eq!(words("", "", "").expect("words"), ["vi"]);
        assert!(words("vim 'x", "", "").expect_err("a quote").contains("vim 'x"));
    }

    async fn edited(script: &str, text: &str) -> (Result<String, String>, usize) {
        let folder = tempfile::tempdir().expect("a directory");
        let words = ["sh", "-c", script, "sh"].map(str::to_owned).to_vec();
        let result = ExternalEditor { words }.edit(text, folder.path()).await;
        let left = fs::read_dir(folder.path()).expect("there").count();
        (result, left)
    }

    #[tokio::test]
    async fn what_was_written_comes_back_and_no_file_stays() {
        let (result, left) = edited(r#"printf 'and more\n' >> "$1""#, "before ").await;
        assert_eq!((result.as_deref(), left), (Ok("before and more"), 0));
        // Editors replace the file.
        let (result, left) = edited(r#"echo new > "$1.x" && mv "$1.x" "$1""#, "old").await;
        assert_eq!((result.as_deref(), left), (Ok("new"), 0));
        let (result, _) =
            edited(r#"test "$(stat -c %a "$1" 2>/dev/null || stat -f %Lp "$1")" = 600"#, "x").await;
        assert_eq!(result.as_deref(), Ok("x"), "the file is private");
    }

    #[tokio::test]
    async fn a_failure_is_a_sentence_and_no_file_stays() {
        let (result, left) = edited("exit 3", "text").await;
        assert!(result.expect_err("failed").contains("stays as it was"));
        assert_eq!(left, 0);
        let (result, left) = edited(r#"head -c 70000 /dev/zero > "$1""#, "text").await;
        assert!(result.expect_err("too long").contains("64 KiB"));
        assert_eq!(left, 0);
        let missing = ExternalEditor { words: vec!["no-such-editor".to_owned()] };
        let folder = tempfile::tempdir().expect("a directory");
        let error = missing.edit("x", folder.path()).await.expect_err("missing");
        assert!(error.contains("no-such-editor can't be started"), "{error}");
    }
}
