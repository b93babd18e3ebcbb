//! Files that are two things at once: what is served is the picture alone.

use super::corpus::{ALPHA, ANIMATED, GROUPS, LOSSY, animation};
use super::make::{self, RawFrame};
use super::{avatar, contains, remake, verdict};

const MARK: &[u8] = b"<script>alert(1)</script>";

#[test]
fn nothing_is_served_but_the_picture() {
    let polyglots = polyglots();
    assert!(polyglots.len() >= 20, "{}", polyglots.len());
    for (name, file) in polyglots {
        assert!(contains(&file, MARK), "{name} is none");
        let remade = remake(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (_, face) = avatar(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        for served in [&remade.whole, &remade.thumbnail, &face] {
            for foreign in [MARK, b"PK\x03\x04", b"%PDF", b"<?php", b"<html", b"alert"] {
                assert!(!contains(served, foreign), "{name}");
            }
        }
    }
}

#[test]
fn what_only_begins_as_a_picture_is_refused() {
    let page = b"<html><body><script>alert(1)</script></body></html>";
    for start in [&b"GIF89a"[..], b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"] {
        let file = [start, page].concat();
        assert_ne!(verdict(&remake(&file)), "taken", "{start:?}");
    }
    let script = [b"GIF89a=1;/*", &[0; 9][..], b"*/alert(1)"].concat();
    assert_ne!(verdict(&remake(&script)), "taken");
}

#[test]
fn what_is_no_picture_is_not_taken() {
    for file in [
        &b""[..],
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><svg/>",
        b"<!doctype html><img src=x>",
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"MZ\x90\0",
        b"\x7fELF",
        b"BM6\0\0\0",
        b"II\x2a\0",
        b"\0\0\x01\0\x01\0",
        b"\0\0\0\x20ftypavif",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b" GIF89a",
    ] {
        assert_eq!(verdict(&remake(file)), "unsupported", "{file:?}");
    }
}

fn polyglots() -> Vec<(&'static str, Vec<u8>)> {
    let jpeg = make::jpeg(&make::photo(40, 30));
    let png = make::png(&make::fading(40, 30));
    let gif = animation(3, 16, 16);
    let after = |file: &[u8], foreign: &[u8]| [file, foreign, MARK].concat();
    // Behind the header and the palette of two colours.
    let in_gif = |inside: &[u8]| [&gif[..19], inside, &gif[19..]].concat();
    let flat = make::vp8l(16, 16, true);
    let with_x = |kind: &[u8; 4], flag: u8| {
        let canvas = [flag | 0x10, 0, 0, 0, 15, 0, 0, 15, 0, 0];
        make::webp(&[(b"VP8X", &canvas), (b"VP8L", &flat), (kind, MARK)])
    };
    let comment = |text: &[u8]| make::with_segments(&jpeg, &[(0xfe, text)]);
    let application =
        |marker: u8, head: &[u8]| make::with_segments(&jpeg, &[(marker, &[head, MARK].concat())]);
    let text = |kind: &[u8; 4], head: &[u8]| make::with_chunk(&png, kind, &[head, MARK].concat());
    vec![
        (
            "gif and script, as a comment",
            in_gif(&[&[0x21, 0xfe][..], &make::blocks(MARK)].concat()),
        ),
        ("gif and script behind", after(&gif, b"=1;")),
        ("gif and zip", after(&gif, b"PK\x03\x04")),
        ("gif and XMP", {
            in_gif(&[&b"\x21\xff\x0bXMP DataXMP"[..], &make::blocks(MARK)].concat())
        }),
        ("gif and an unnamed extension", {
            in_gif(&[&b"\x21\xff\x0bABCDEFGH1.0"[..], &make::blocks(MARK)].concat())
        }),
        ("gif and a plain text", in_gif(&[&[0x21, 0x01][..], &make::blocks(MARK)].concat())),
        ("gif and script behind its codes", {
            let frame = RawFrame::of(4, 4);
            make::gif(4, 4, &[RawFrame { data: [&frame.data[..], MARK].concat(), ..frame }])
        }),
        ("png and zip", after(&png, b"PK\x03\x04")),
        ("png and page", after(&png, b"<html>")),
        ("png and page as a text", text(b"tEXt", b"Comment\0")),
        ("png and page as an international text", text(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0")),
        ("png and page as a chunk of no name", text(b"prVt", b"")),
        ("png and page as Exif", text(b"eXIf", b"MM\0\x2a\0\0\0\x08\0\0")),
        ("jpeg and php", comment(&[b"<?php ", MARK].concat())),
        ("jpeg and script as a comment", comment(&[b"*/=", MARK, b"/*"].concat())),
        ("jpeg and page behind", after(&jpeg, b"<html>")),
        ("jpeg and pdf", after(&jpeg, b"%PDF-1.7")),
        ("jpeg and XMP", application(0xe1, b"http://ns.adobe.com/xap/1.0/\0")),
        ("jpeg and ICC", application(0xe2, b"ICC_PROFILE\0\x01\x01")),
        ("jpeg and Photoshop", application(0xed, b"Photoshop 3.0\0")),
        ("jpeg and JFIF with more", application(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")),
        ("webp and pdf", after(LOSSY, b"%PDF-1.7")),
        ("webp and page", after(ALPHA, b"<html>")),
        ("webp and zip", after(ANIMATED, b"PK\x03\x04")),
        ("webp and script", after(GROUPS, b"/*")),
        ("webp and XMP", with_x(b"XMP ", 0x04)),
        ("webp and ICC", with_x(b"ICCP", 0x20)),
        ("webp and Exif", with_x(b"EXIF", 0x08)),
    ]
}
