//! No upload makes a decoder panic, and what is served is of the type that it is served as.

#![no_main]

use std::io::Cursor;
use std::time::{Duration, Instant};

use chatter_server::media::image::{Bounds, Format, ImageError, avatar, remake, sniff};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|upload: &[u8]| {
    let Some(format) = sniff(upload) else { return };
    let deadline = Instant::now() + Duration::from_secs(2);
    let bounds = Bounds { bytes_max: 10 * 1024 * 1024, deadline };
    let (mut whole, mut thumbnail, mut face) = (Vec::new(), Vec::new(), Vec::new());
    match remake(Cursor::new(upload), format, &mut whole, &mut thumbnail, bounds) {
        Ok(picture) => {
            served(&whole, picture.content_type);
            served(&thumbnail, picture.thumbnail_type);
        }
        Err(error) => assert!(!matches!(error, ImageError::Storage(_)), "{error:?}"),
    }
    match avatar(Cursor::new(upload), format, &mut face, deadline) {
        Ok(content_type) => served(&face, content_type),
        Err(error) => assert!(!matches!(error, ImageError::Storage(_)), "{error:?}"),
    }
});

fn served(bytes: &[u8], content_type: &str) {
    let is = match sniff(bytes) {
        Some(Format::Png) => "image/png",
        Some(Format::Jpeg) => "image/jpeg",
        Some(Format::Gif) => "image/gif",
        _ => "nothing to serve",
    };
    assert_eq!(is, content_type);
}
