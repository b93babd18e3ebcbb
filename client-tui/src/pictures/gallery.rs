//! The pictures of the screen, from wanted to drawn.

use std::sync::Arc;

use ratatui::buffer::Buffer;

use super::encode::Encoded;
use super::finished::{Finished, Picture};
use super::making::{Made, Making};
use super::{Failed, Means, Painted, PicturePlace, Source, Wanted, paint};

/// What pictures send with one frame, bytes, so that a key is never behind a pile of them. A single
/// one that is sent where it stands may have more: it can't be sent in parts.
const FRAME_BYTES_MAX: usize = 256 * 1024;

/// Finished pictures, and those that are being made.
#[derive(Default)]
pub struct Gallery {
    means: Option<Means>,
    finished: Finished,
    making: Making,
    /// What was sent where it stands, in the last frame and in this one.
    stamped: Vec<PicturePlace>,
    /// Bytes that pictures have sent with this frame.
    sent_bytes: usize,
    /// On screen, but not sent: the next ones to be.
    unsent: Vec<Wanted>,
    /// What is being sent, and how much of it was.
    sending: Option<(Wanted, Arc<str>, usize)>,
    /// Takes back from the terminal what is not kept here any more.
    taken_back: String,
}

impl Gallery {
    /// From now on pictures are made like this; other ones are forgotten.
    pub fn follow(&mut self, means: Option<Means>) {
        if self.means == means {
            return;
        }
        self.making.give_up_all_but(&[]);
        self.break_off();
        let gone = self.finished.take_all();
        self.take_back(gone);
        self.means = means;
        self.stamped.clear();
    }

    /// Puts pictures into a frame in which their places are kept.
    pub fn paint(&mut self, places: &[PicturePlace], buffer: &mut Buffer) -> Painted {
        let mut painted = Painted::default();
        let before = std::mem::take(&mut self.stamped);
        (self.sent_bytes, self.unsent) = (0, Vec::new());
        self.finished.begin_frame();
        for place in places.iter().rev().filter(|place| !place.area.is_empty()) {
            let Some(picture) = self.finished.draw(&place.wanted) else {
                if !painted.missing.contains(&place.wanted) {
                    painted.missing.push(place.wanted);
                }
                continue;
            };
            match &picture.encoded {
                Encoded::Kitty { .. } if !picture.is_sent => self.unsent.push(place.wanted),
                Encoded::Kitty { cells, .. } => paint::cells(buffer, place, cells),
                Encoded::Stamp { sequence, .. } if place.is_whole() => {
                    let is_there = before.contains(place);
                    let bytes = if is_there { 0 } else { sequence.len() };
                    if self.sent_bytes > 0 && self.sent_bytes + bytes > FRAME_BYTES_MAX {
                        painted.is_unfinished = true;
                        continue;
                    }
                    self.sent_bytes += bytes;
                    self.stamped.push(*place);
                    paint::stamp(buffer, place, sequence);
                }
                Encoded::Stamp { blocks, .. } | Encoded::Blocks(blocks) => {
                    paint::blocks(buffer, place, blocks);
                }
            }
        }
        painted
    }

    /// Has these made, and none else.
    pub fn make(&mut self, wanted: &[Wanted], source: Option<&Source>) {
        match (self.means, source) {
            (Some(means), Some(source)) => self.making.make(wanted, &means, source),
            _ => self.making.give_up_all_but(&[]),
        }
    }

    /// What is to be written after the frame, if anything: pictures that are sent apart from it, as
    /// much of them as one frame may. More may follow after the next.
    pub fn transmission(&mut self) -> Option<String> {
        if self.sending.is_none() && !self.taken_back.is_empty() {
            return Some(std::mem::take(&mut self.taken_back));
        }
        let (wanted, data, sent) = match self.sending.take() {
            Some(sending) => sending,
            None => {
                let next = *self.unsent.first()?;
                let Encoded::Kitty { transmission, .. } = &self.finished.get_mut(&next)?.encoded
                else {
                    return None;
                };
                (next, transmission.clone(), 0)
            }
        };
        let rest = data.get(sent..)?;
        let part = first_part(rest, FRAME_BYTES_MAX.saturating_sub(self.sent_bytes));
        let part_text = rest[..part].to_owned();
        match part == rest.len() {
            true => {
                if let Some(picture) = self.finished.get_mut(&wanted) {
                    picture.is_sent = true;
                }
            }
            false => self.sending = Some((wanted, data.clone(), sent + part)),
        }
        Some(part_text)
    }

    /// The next one that is made, or could not be.
    pub async fn next(&mut self) -> Option<Failed> {
        let Made { wanted, result } = self.making.next().await;
        match result {
            Ok(encoded) => {
                let gone = self.finished.insert(wanted, encoded);
                self.take_back(gone);
                None
            }
            Err(failed) => {
                tracing::debug!(problem = failed.problem, "picture");
                Some(failed)
            }
        }
    }

    /// The terminal has lost what was sent to it.
    pub fn forget_sent(&mut self) {
        self.break_off();
        self.stamped.clear();
        self.finished.all_mut().for_each(|picture| picture.is_sent = false);
    }

    /// What takes back from the terminal all that it was sent, at the end.
    pub fn leave(&mut self) -> String {
        self.follow(None);
        std::mem::take(&mut self.taken_back)
    }

    /// Ends what is being sent: what came next would be taken for more of it.
    fn break_off(&mut self) {
        if self.sending.take().is_some() {
            self.command("m=0;");
        }
    }

    fn take_back(&mut self, gone: Vec<Picture>) {
        for picture in gone.iter().filter(|picture| picture.is_sent) {
            if let Encoded::Kitty { id, .. } = picture.encoded {
                self.command(&format!("a=d,d=I,i={id}"));
            }
        }
    }

    /// A command of kitty's protocol that is not answered.
    fn command(&mut self, command: &str) {
        self.taken_back += &match self.means.is_some_and(|means| means.graphics.is_wrapped) {
            true => format!("\x1bPtmux;\x1b\x1b_Gq=2,{command}\x1b\x1b\\\x1b\\"),
            false => format!("\x1b_Gq=2,{command}\x1b\\"),
        };
    }
}

/// Bytes at the start of `data` that are whole commands and at most `most`; one command at least.
fn first_part(data: &str, most: usize) -> usize {
    if data.len() <= most {
        return data.len();
    }
    let start = if data.starts_with("\x1bPtmux;") { "\x1bPtmux;" } else { "\x1b_G" };
    let within = data.get(..data.floor_char_boundary(most.max(1))).unwrap_or_default();
    match within.rfind(start) {
        Some(end @ 1..) => end,
        _ => data[1..].find(start).map_or(data.len(), |end| end + 1),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::super::encode::tests::{SIZE, encoded, means, wanted};
    use super::*;
    use crate::terminal::Protocol;

    const AREA: Rect = Rect::new(0, 0, 20, 10);

    fn gallery(protocol: Protocol, numbers: &[u8]) -> Gallery {
        let means = means(protocol, false);
        let mut gallery = Gallery::default();
        gallery.follow(Some(means));
        for number in numbers {
            gallery.finished.insert(wanted(*number), encoded(*number, &means));
        }
        gallery
    }

    fn place(number: u8, y: u16) -> PicturePlace {
        let area = Rect::new(2, y, SIZE.width, SIZE.height);
        PicturePlace { wanted: wanted(number), area, skipped: 0 }
    }

    #[test]
    fn what_is_not_there_is_wanted_from_below_and_its_place_is_left_alone() {
        let mut gallery = gallery(Protocol::Blocks, &[2]);
        let mut buffer = Buffer::empty(AREA);
        buffer.set_string(2, 0, "box", ratatui::style::Style::new());
        let places = [place(1, 0), place(2, 3), place(3, 6)];
        let painted = gallery.paint(&places, &mut buffer);
        assert_eq!(painted.missing, [wanted(3), wanted(1)]);
        assert_eq!(buffer[(2, 0)].symbol(), "b");
        assert_ne!(buffer[(2, 3)].bg, ratatui::style::Color::Reset);
        assert_eq!(gallery.transmission(), None);
    }

    #[test]
    fn kitty_gets_a_picture_once_before_its_cells_and_again_when_it_has_lost_it() {
        let mut gallery = gallery(Protocol::Kitty, &[1]);
        let mut buffer = Buffer::empty(AREA);
        gallery.paint(&[place(1, 0)], &mut buffer);
        assert_eq!(buffer, Buffer::empty(AREA), "no cells before the picture");
        assert!(gallery.transmission().expect("a picture").starts_with("\x1b_G"));
        gallery.paint(&[place(1, 0)], &mut buffer);
        assert!(buffer[(2, 0)].symbol().starts_with('\u{10EEEE}'));
        assert_eq!(gallery.transmission(), None);
        gallery.forget_sent();
        gallery.paint(&[place(1, 0)], &mut buffer);
        assert!(gallery.transmission().is_some());
        let taken_back = gallery.leave();
        assert!(taken_back.contains("a=d,d=I"), "{taken_back:?}");
    }

    #[test]
    fn a_large_picture_is_sent_in_parts_that_are_whole_commands() {
        let command = format!("\x1b_Gm=1;{}\x1b\\", "A".repeat(4096));
        let data = command.repeat(100);
        let (mut rest, mut parts) = (data.as_str(), 0);
        while !rest.is_empty() {
            let part = first_part(rest, FRAME_BYTES_MAX);
            assert!(part <= FRAME_BYTES_MAX && rest[..part].ends_with("\x1b\\"));
            rest = &rest[part..];
            parts += 1;
        }
        assert_eq!(parts, 2);
        let wrapped = "\x1bPtmux;\x1b\x1b_Gm=1;AAAA\x1b\x1b\\\x1b\\".repeat(3);
        assert_eq!(first_part(&wrapped, 40), wrapped.len() / 3);
        assert_eq!(first_part(&wrapped, 0), wrapped.len() / 3, "one at least");
    }

    #[test]
    fn pictures_that_are_too_much_for_one_frame_come_with_the_next() {
        let mut gallery = gallery(Protocol::Sixel, &[]);
        for number in [1, 2] {
            let Encoded::Stamp { blocks, .. } = encoded(number, &means(Protocol::Sixel, false))
            else {
                panic!("no sixel")
            };
            let sequence = "x".repeat(FRAME_BYTES_MAX * 2 / 3);
            gallery.finished.insert(wanted(number), Encoded::Stamp { sequence, blocks });
        }
        let places = [place(1, 0), place(2, 3)];
        let mut frames = 0;
        loop {
            frames += 1;
            let painted = gallery.paint(&places, &mut Buffer::empty(AREA));
            if !painted.is_unfinished {
                break;
            }
        }
        assert_eq!(frames, 2);
        // Where it stands already it costs nothing.
        gallery.paint(&places, &mut Buffer::empty(AREA));
        assert_eq!(gallery.sent_bytes, 0);
    }

    #[test]
    fn a_part_of_a_sixel_picture_is_made_of_blocks() {
        let mut gallery = gallery(Protocol::Sixel, &[1]);
        let mut buffer = Buffer::empty(AREA);
        let part = PicturePlace {
            area: Rect::new(2, 0, SIZE.width, SIZE.height - 1),
            skipped: 1,
            ..place(1, 0)
        };
        gallery.paint(&[part], &mut buffer);
        assert_ne!(buffer[(2, 0)].bg, ratatui::style::Color::Reset);
        assert_eq!(buffer[(2, 2)].bg, ratatui::style::Color::Reset);
    }
}
