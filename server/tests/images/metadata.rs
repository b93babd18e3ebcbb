//! What a picture tells beside itself is gone, and it stands upright.

use image::{Rgb, RgbImage};

use super::{contains, make, remake};

#[test]
fn where_it_was_taken_is_gone() {
    let photo = make::photo(64, 48);
    let jpeg = make::jpeg(&photo);
    let png = make::png(&make::fading(64, 48));
    let exif = make::exif(1);
    let secret = b"52.52N13.405";
    let flat = make::vp8l(16, 16, false);
    for file in [
        make::with_segments(&jpeg, &[(0xe1, &[&b"Exif\0\0"[..], &exif].concat())]),
        make::with_segments(&jpeg, &[(0xed, secret), (0xfe, secret), (0xe2, secret)]),
        make::with_chunk(&png, b"eXIf", &exif),
        make::with_chunk(&png, b"tEXt", &[&b"Location\0"[..], secret].concat()),
        make::webp(&[
            (b"VP8X", &[0x08, 0, 0, 0, 15, 0, 0, 15, 0, 0]),
            (b"VP8L", &flat),
            (b"EXIF", &exif),
        ]),
    ] {
        assert!(contains(&file, secret));
        let remade = remake(&file).expect("taken");
        for served in [&remade.whole, &remade.thumbnail] {
            for trace in [&secret[..], b"Exif", b"eXIf", b"GPS", b"tEXt", b"ICC", b"iCCP"] {
                assert!(!contains(served, trace), "{}", String::from_utf8_lossy(trace));
            }
        }
    }
}

/// White on the left, below it black; the rest grey: no turn leaves it as it is.
fn marked() -> RgbImage {
    RgbImage::from_fn(64, 32, |x, y| {
        let level = if x >= 16 {
            128
        } else if y < 16 {
            255
        } else {
            0
        };
        Rgb([level; 3])
    })
}

/// Exif 2.32, 4.6.4.A: where the first row and the first column of the file are when it is shown.
#[test]
fn it_stands_upright() {
    // How large it is upright, and where white and black are: the corner, by side.
    let upright = [
        (1, 64, 32, (2, 2), (2, 29)),
        (2, 64, 32, (61, 2), (61, 29)),
        (3, 64, 32, (61, 29), (61, 2)),
        (4, 64, 32, (2, 29), (2, 2)),
        (5, 32, 64, (2, 2), (29, 2)),
        (6, 32, 64, (29, 2), (2, 2)),
        (7, 32, 64, (29, 61), (2, 61)),
        (8, 32, 64, (2, 61), (29, 61)),
    ];
    let jpeg = make::jpeg(&marked());
    let rgba = image::DynamicImage::ImageRgb8(marked()).into_rgba8();
    let png = make::png(&rgba);
    for (orientation, width, height, white, black) in upright {
        let exif = make::exif(orientation);
        for file in [
            make::with_segments(&jpeg, &[(0xe1, &[&b"Exif\0\0"[..], &exif].concat())]),
            make::with_chunk(&png, b"eXIf", &exif),
        ] {
            let remade = remake(&file).expect("taken");
            let size = remade.picture.size;
            assert_eq!((size.width, size.height), (width, height), "{orientation}");
            for served in [&remade.whole, &remade.thumbnail] {
                let shown = image::load_from_memory(served).expect("a picture").into_luma8();
                assert_eq!(shown.dimensions(), (width, height), "{orientation}");
                assert!(shown.get_pixel(white.0, white.1).0[0] > 240, "white of {orientation}");
                assert!(shown.get_pixel(black.0, black.1).0[0] < 15, "black of {orientation}");
            }
        }
    }
}
