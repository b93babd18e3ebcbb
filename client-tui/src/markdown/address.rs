//! Where links lead, and what a reader is told about it.

use std::net::Ipv4Addr;
use std::sync::Arc;

use url::Url;

/// Longer addresses are shown, not linked. Browsers and servers take about this much.
const ADDRESS_BYTES_MAX: usize = 2048;

/// An address that may be opened.
#[derive(Debug)]
pub(super) struct Address {
    url: Url,
    /// As it was written if that is plain ASCII, else with its host and path encoded.
    pub(super) target: Arc<str>,
}

impl Address {
    /// `None` if it is none, or one that only some programs would open.
    pub(super) fn parse(written: &str) -> Option<Self> {
        if written.len() > ADDRESS_BYTES_MAX {
            return None;
        }
        let url = Url::parse(written).ok()?;
        let is_open = match url.scheme() {
            "http" | "https" => url.has_host(),
            "mailto" => url.path().contains('@'),
            _ => false,
        };
        let is_plain = |target: &str| target.bytes().all(|byte| byte.is_ascii_graphic());
        let target = if is_plain(written) { written } else { url.as_str() };
        let target = Some(Arc::from(target)).filter(|target| is_open && is_plain(target))?;
        Some(Self { url, target })
    }

    /// What is to stand behind the link's text so that a reader sees where it leads: nothing if
    /// the text says it, all of the address if the text says something else, or the host.
    pub(super) fn disclosed(&self, text: &str) -> Option<&str> {
        let place = self.place();
        if self.has_user() {
            return Some(place);
        }
        if text == place || *text == *self.target {
            return None;
        }
        let said: Vec<&str> = text.split_whitespace().filter_map(place_in).collect();
        if said.iter().any(|said| !is_same(said, place)) {
            return Some(&self.target);
        }
        said.is_empty().then_some(place)
    }

    /// The same for an address that shows as it was `written`: it says where it leads by itself,
    /// unless its letters or what stands before its host may mislead.
    pub(super) fn disclosed_alone(&self, written: &str) -> Option<&str> {
        let place = self.place();
        if self.has_user() {
            return Some(place);
        }
        let said = written.split_once("://").and_then(|(_, rest)| rest.get(..place.len()));
        let is_said = said.is_some_and(|said| said.eq_ignore_ascii_case(place));
        (!is_said).then_some(&self.target)
    }

    /// As in `https://bank.example@evil.example`.
    fn has_user(&self) -> bool {
        !self.url.username().is_empty()
    }

    /// The host, or the mailbox.
    fn place(&self) -> &str {
        self.url.host_str().unwrap_or(self.url.path())
    }
}

fn is_same(said: &str, place: &str) -> bool {
    let bare = |name: &str| name.strip_prefix("www.").unwrap_or(name).to_lowercase();
    bare(said) == bare(place)
}

/// The host or mailbox that `word` looks like.
fn place_in(word: &str) -> Option<&str> {
    let (scheme, word) = word.split_once("://").unwrap_or(("", word));
    let word = word.strip_prefix("mailto:").unwrap_or(word);
    let place = word.split(['/', '?', '#', '\\']).next()?;
    let place = place.trim_matches(|c: char| !c.is_alphanumeric());
    let place = match place.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => place,
    };
    let ending = place.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_name = ending.chars().count() > 1 && ending.chars().all(char::is_alphabetic);
    let is_host = is_name || !scheme.is_empty() || place.parse::<Ipv4Addr>().is_ok();
    is_host.then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_browser_or_a_mail_program_opens_is_a_link() {
        for (written, target) in [
            ("https://example.org", Some("https://example.org")),
            ("HTTP://example.org/a?b=c#d", Some("HTTP://example.org/a?b=c#d")),
            ("mailto:ada@example.org", Some("mailto:ada@example.org")),
            ("https://bücher.example/ä", Some("https://xn--bcher-kva.example/%C3%A4")),
            ("javascript:alert(1)", None),
            ("file:///etc/passwd", None),
            ("ssh://host", None),
            ("mailto:", None),
            ("https://", None),
            ("example.org", None),
            ("/relative", None),
        ] {
            let address = Address::parse(written);
            assert_eq!(address.as_ref().map(|address| &*address.target), target, "{written}");
        }
        assert!(Address::parse(&format!("https://example.org/{}", "x".repeat(2048))).is_none());
    }

    #[test]
    fn a_reader_sees_where_a_link_leads() {
        let all = "https://real.example/path";
        for (text, disclosed) in [
            ("the docs", Some("real.example")),
            ("", Some("real.example")),
            ("real.example", None),
            ("see www.Real.example/other.", None),
            ("https://real.example/path", None),
            ("bank.example", Some(all)),
            ("https://bank.example/real.example", Some(all)),
            ("unreal.example", Some(all)),
            ("real.example and bank.example", Some(all)),
            ("rеal.example", Some(all)),
            ("10.0.0.1", Some(all)),
            ("1.2.3", Some("real.example")),
            ("e.g. this", Some("real.example")),
        ] {
            assert_eq!(Address::parse(all).unwrap().disclosed(text), disclosed, "{text}");
        }
    }

    #[test]
    fn a_name_before_the_host_does_not_pass_as_the_host() {
        let written = "https://bank.example@evil.example/";
        let address = Address::parse(written).unwrap();
        assert_eq!(address.disclosed("bank.example"), Some("evil.example"));
        assert_eq!(address.disclosed_alone(written), Some("evil.example"));
    }

    #[test]
    fn letters_that_look_like_others_are_spelt_out() {
        let written = "https://exаmple.org/";
        let address = Address::parse(written).unwrap();
        assert_eq!(address.disclosed(written), Some("https://xn--exmple-4nf.org/"));
        assert_eq!(address.disclosed_alone(written), Some("https://xn--exmple-4nf.org/"));
        let plain = Address::parse("http://localhost:8080/x").unwrap();
        assert_eq!(plain.disclosed_alone("http://localhost:8080/x"), None);
        assert_eq!(plain.disclosed("http://localhost:8080/x"), None);
    }

    #[test]
    fn a_mailbox_is_shown_unless_the_text_is_it() {
        let address = Address::parse("mailto:ada@real.example").unwrap();
        assert_eq!(address.disclosed("write to me"), Some("ada@real.example"));
        assert_eq!(address.disclosed("ada@real.example"), None);
        assert_eq!(address.disclosed("bob@real.example"), Some("mailto:ada@real.example"));
    }
}
