//! Paths of pictures in what was pasted: terminals paste the path of a file that is dropped on them.

use std::path::PathBuf;

use url::Url;

use super::expand;

/// Endings of pictures. Only these are taken for files: a path that is pasted may be meant as text.
const PICTURES: [&str; 5] = ["png", "jpg", "jpeg", "gif", "webp"];
/// More pasted at once is text.
const PATHS_MAX: usize = 10;

/// The paths, if `text` is nothing but absolute paths of pictures, each on its own line or quoted as
/// for a shell.
pub fn pasted_paths(text: &str) -> Option<Vec<PathBuf>> {
    let text = text.trim();
    let mut paths: Option<Vec<_>> = text.lines().map(one_path).collect();
    if paths.is_none() && !text.contains('\n') {
        paths = shlex::split(text)?.iter().map(|word| one_path(word)).collect();
    }
    paths.filter(|paths| (1..=PATHS_MAX).contains(&paths.len()))
}

fn one_path(text: &str) -> Option<PathBuf> {
    let text = text.trim();
    let unquoted = || match shlex::split(text)?.as_slice() {
        [word] => Some(word.clone()),
        _ => None,
    };
    let path = match Url::parse(text) {
        Ok(url) if url.scheme() == "file" => url.to_file_path().ok()?,
        _ if text.starts_with('/') && !text.contains(['\\', '\'', '"']) => PathBuf::from(text),
        _ => expand(&unquoted()?),
    };
    (path.is_absolute() && is_picture(&path.to_string_lossy())).then_some(path)
}

fn is_picture(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    PICTURES.contains(&ending.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_pictures_are_files_and_everything_else_is_text() {
        let paths = |text: &str| {
            let paths = pasted_paths(text)?;
            Some(paths.iter().map(|path| path.to_string_lossy().into_owned()).collect::<Vec<_>>())
        };
        let one = |path: &str| Some(vec![path.to_owned()]);
        assert_eq!(paths("/home/ada/engine.png"), one("/home/ada/engine.png"));
        assert_eq!(paths(" '/home/ada/my engine.PNG'\n"), one("/home/ada/my engine.PNG"));
        assert_eq!(paths("/home/ada/my engine.png"), one("/home/ada/my engine.png"));
        assert_eq!(paths(r"/home/ada/my\ engine.jpg"), one("/home/ada/my engine.jpg"));
        assert_eq!(paths("file:///home/ada/a%20b.webp"), one("/home/ada/a b.webp"));
        let both = Some(vec!["/a.png".to_owned(), "/b.gif".to_owned()]);
        assert_eq!(paths("/a.png\n/b.gif"), both);
        assert_eq!(paths("'/a.png' '/b.gif'"), both);
        for text in [
            "",
            "look at /a.png",
            "engine.png",
            "/etc/passwd",
            "https://x.org/a.png",
            "/a.png is it",
        ] {
            assert_eq!(paths(text), None, "{text}");
        }
        assert_eq!(paths(&"/a.png\n".repeat(11)), None);
    }
}
