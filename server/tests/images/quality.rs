//! A picture is still the same picture.

use std::io::Cursor;
use std::time::Instant;

use chatter_server::media::image::{self as pictures, Bounds, Format, ImageError};
use gif::{DisposalMethod, Encoder, Frame, Repeat};
use image::{DynamicImage, GenericImageView, RgbImage, Rgba, RgbaImage};

use super::corpus::{ALPHA, ANIMATED, GROUPS, LOSSY};
use super::{PATIENCE, avatar, make, remake};

/// Peak signal-to-noise ratio in dB; above 40 nobody sees a difference.
fn psnr(one: &RgbImage, other: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let squares: f64 =
        one.iter().zip(other.iter()).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (255.0_f64.powi(2) * one.len() as f64 / squares.max(f64::MIN_POSITIVE)).log10()
}

fn shown(bytes: &[u8]) -> DynamicImage {
    image::load_from_memory(bytes).expect("a picture")
}

#[test]
fn a_photo_looks_the_same() {
    let photo = make::photo(320, 240);
    let remade = remake(&make::jpeg(&photo)).expect("taken");
    assert_eq!(remade.picture.content_type, "image/jpeg");
    let quality = psnr(&photo, &shown(&remade.whole).into_rgb8());
    assert!(quality > 36.0, "{quality} dB");
    // A picture that fits already is not made larger or smaller.
    let quality = psnr(&photo, &shown(&remade.thumbnail).into_rgb8());
    assert!(quality > 34.0, "{quality} dB");
}

#[test]
fn a_png_is_kept_to_the_bit() {
    let fading = make::fading(90, 70);
    let remade = remake(&make::png(&fading)).expect("taken");
    assert_eq!(remade.picture.content_type, "image/png");
    assert_eq!(remade.picture.thumbnail_type, "image/png");
    assert_eq!(shown(&remade.whole).into_rgba8(), fading);
    let opaque = DynamicImage::ImageRgb8(make::photo(90, 70)).into_rgba8();
    let remade = remake(&make::png(&opaque)).expect("taken");
    assert_eq!(remade.picture.thumbnail_type, "image/jpeg");
    assert_eq!(shown(&remade.whole).into_rgba8(), opaque);
}

#[test]
fn a_webp_becomes_what_everybody_can_show() {
    for (file, whole, small) in [
        (LOSSY, "image/jpeg", "image/jpeg"),
        (GROUPS, "image/jpeg", "image/jpeg"),
        (ANIMATED, "image/jpeg", "image/jpeg"),
        (ALPHA, "image/png", "image/png"),
    ] {
        let remade = remake(file).expect("taken");
        assert_eq!(remade.picture.content_type, whole);
        assert_eq!(remade.picture.thumbnail_type, small);
        assert_eq!(pictures::sniff(&remade.whole).map(is), Some(whole));
        assert_eq!(pictures::sniff(&remade.thumbnail).map(is), Some(small));
        let before = image::load_from_memory(file).expect("a picture").into_rgb8();
        let quality = psnr(&before, &shown(&remade.whole).into_rgb8());
        assert!(quality > 28.0, "{quality} dB");
    }
}

fn is(format: Format) -> &'static str {
    match format {
        Format::Png => "image/png",
        Format::Jpeg => "image/jpeg",
        Format::Gif => "image/gif",
        Format::WebP => "image/webp",
    }
}

#[test]
fn an_animation_moves_as_before() {
    let mut file = Vec::new();
    let palette = [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255];
    let mut encoder = Encoder::new(&mut file, 40, 30, &palette).expect("begun");
    encoder.set_repeat(Repeat::Finite(7)).expect("written");
    let mut frames = Vec::new();
    for at in 0..12_u16 {
        let pixels: Vec<u8> = (0..600_u16).map(|pixel| ((pixel / 20 + at) % 4) as u8).collect();
        let mut frame = Frame::from_indexed_pixels(20, 30, pixels, Some(3));
        (frame.left, frame.delay) = (at, at * 3);
        frame.dispose = [DisposalMethod::Keep, DisposalMethod::Background][usize::from(at % 2)];
        if at == 5 {
            frame.palette = Some(vec![9, 9, 9, 8, 8, 8, 7, 7, 7, 6, 6, 6]);
        }
        encoder.write_frame(&frame).expect("a frame");
        frames.push(frame);
    }
    drop(encoder);
    let remade = remake(&file).expect("taken");
    assert_eq!(remade.picture.content_type, "image/gif");
    assert_eq!(remade.picture.thumbnail_type, "image/png", "something shines through");
    let mut decoder = gif::Decoder::new(&remade.whole[..]).expect("a gif");
    assert_eq!((decoder.width(), decoder.height()), (40, 30));
    assert_eq!(decoder.repeat(), Repeat::Finite(7));
    assert_eq!(decoder.global_palette(), Some(&palette[..]));
    for before in &frames {
        let after = decoder.read_next_frame().expect("read").expect("a frame");
        assert_eq!(after.buffer, before.buffer);
        assert_eq!(after.palette, before.palette);
        assert_eq!(
            (after.left, after.delay, after.dispose, after.transparent, after.interlaced),
            (before.left, before.delay, before.dispose, before.transparent, false)
        );
    }
    assert!(decoder.read_next_frame().expect("read").is_none());
}

#[test]
fn a_thumbnail_fits() {
    for ((width, height), fits) in [
        ((640, 640), (640, 640)),
        ((1280, 640), (640, 320)),
        ((641, 480), (640, 479)),
        ((3000, 2), (640, 1)),
        ((2, 3000), (1, 640)),
        ((5, 4), (5, 4)),
    ] {
        let remade = remake(&make::jpeg(&make::photo(width, height))).expect("taken");
        let small = shown(&remade.thumbnail);
        assert_eq!(small.dimensions(), fits);
        let large = DynamicImage::ImageRgb8(make::photo(width, height));
        let filter = image::imageops::FilterType::Triangle;
        let again = large.resize_exact(fits.0, fits.1, filter).into_rgb8();
        let quality = psnr(&again, &small.into_rgb8());
        assert!(quality > 28.0, "{width} x {height}: {quality} dB");
    }
}

#[test]
fn a_thumbnail_is_never_heavy() {
    let mut state = 1_u32;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    let noisy = RgbaImage::from_fn(640, 640, |_, _| Rgba([noise(), noise(), noise(), noise()]));
    for file in [make::png(&noisy), make::jpeg(&DynamicImage::ImageRgba8(noisy).into_rgb8())] {
        let remade = remake(&file).expect("taken");
        assert_eq!(
            remade.picture.thumbnail_type, "image/jpeg",
            "the only one that is light enough"
        );
        assert!(remade.thumbnail.len() <= 300 * 1024, "{}", remade.thumbnail.len());
        assert_eq!(shown(&remade.thumbnail).dimensions(), (640, 640));
    }
}

#[test]
fn what_can_not_be_seen_does_not_colour_the_edges() {
    // A white disc; around it nothing, and that is black.
    let disc = RgbaImage::from_fn(1500, 1500, |x, y| {
        let inside = x.abs_diff(750).pow(2) + y.abs_diff(750).pow(2) < 600 * 600;
        Rgba(if inside { [255; 4] } else { [0; 4] })
    });
    let remade = remake(&make::png(&disc)).expect("taken");
    for Rgba([red, _, _, alpha]) in shown(&remade.thumbnail).into_rgba8().pixels() {
        assert!(*alpha < 8 || *red > 240, "red {red} of alpha {alpha}");
    }
}

#[test]
fn a_face_is_a_square_of_the_middle() {
    // A third of red, of green, of blue.
    let stripes = RgbaImage::from_fn(900, 300, |x, _| match x / 300 {
        0 => Rgba([255, 0, 0, 255]),
        1 => Rgba([0, 255, 0, 255]),
        _ => Rgba([0, 0, 255, 255]),
    });
    for (file, kind) in [
        (make::png(&stripes), "image/jpeg"),
        (make::jpeg(&make::photo(3, 2)), "image/jpeg"),
        (make::png(&make::fading(700, 300)), "image/png"),
        (super::corpus::animation(2, 30, 20), "image/jpeg"),
    ] {
        let (content_type, face) = avatar(&file).expect("taken");
        assert_eq!(content_type, kind);
        assert_eq!(shown(&face).dimensions(), (256, 256));
    }
    let face = shown(&avatar(&make::png(&stripes)).expect("taken").1).into_rgb8();
    for at in [8, 128, 247] {
        let [red, green, blue] = face.get_pixel(at, 128).0;
        assert!(green > 220 && red < 40 && blue < 40, "{red} {green} {blue} at {at}");
    }
}

#[test]
fn too_many_bytes_and_too_little_time_are_refused() {
    let file = make::jpeg(&make::photo(200, 200));
    let spend = |bytes_max, deadline| {
        let bounds = Bounds { bytes_max, deadline };
        let (mut whole, mut thumbnail) = (Vec::new(), Vec::new());
        let source = Cursor::new(&file);
        pictures::remake(source, Format::Jpeg, &mut whole, &mut thumbnail, bounds)
    };
    let later = Instant::now() + PATIENCE;
    assert!(matches!(spend(1000, later), Err(ImageError::TooLarge(1000))));
    assert!(matches!(spend(1 << 20, Instant::now()), Err(ImageError::TookTooLong)));
    assert!(spend(1 << 20, later).is_ok());
}
