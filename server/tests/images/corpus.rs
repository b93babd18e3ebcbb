//! Pictures that are broken, odd or bombs, and what becomes of each.

use gif::{Encoder, Frame};
use png::{BitDepth, ColorType};

use super::make::{self, LARGE, RawFrame};
use super::{avatar, remake, verdict};

pub(crate) const LOSSY: &[u8] = include_bytes!("lossy.webp");
pub(crate) const ALPHA: &[u8] = include_bytes!("alpha.webp");
pub(crate) const ANIMATED: &[u8] = include_bytes!("animated.webp");
/// Lossless, of several groups of codes.
pub(crate) const GROUPS: &[u8] = include_bytes!("groups.webp");

/// A file, and what is to become of it: a `verdict`, `refused` for whatever reason, or `either`,
/// where to take it is as good.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) file: Vec<u8>,
    pub(crate) expected: &'static str,
}

#[test]
fn a_picture_cut_anywhere_is_taken_or_refused() {
    let photo = make::photo(40, 30);
    for whole in [
        make::jpeg(&photo),
        make::progressive(64, 5, true),
        make::png(&make::fading(40, 30)),
        animation(3, 40, 30),
        LOSSY.to_vec(),
        ALPHA.to_vec(),
        ANIMATED.to_vec(),
        GROUPS.to_vec(),
    ] {
        assert_eq!(verdict(&remake(&whole)), "taken");
        for end in (0..whole.len()).step_by(10) {
            for became in [verdict(&remake(&whole[..end])), verdict(&avatar(&whole[..end]))] {
                assert!(matches!(became, "taken" | "broken" | "unsupported"), "{end}: {became}");
            }
        }
    }
}

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    [pngs(), more_pngs(), jpegs(), more_jpegs(), gifs(), more_gifs(), webps()]
        .into_iter()
        .flatten()
        .map(|(name, expected, file)| Case { name, file, expected })
        .collect()
}

type Row = (&'static str, &'static str, Vec<u8>);

/// A grey PNG with pixels as they come.
fn grey(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
    make::png_of(&make::png_header(width, height, 8, 0, 0), &[], &make::stored(pixels))
}

fn pngs() -> Vec<Row> {
    let header = make::png_header;
    let of = |header: Vec<u8>| make::png_of(&header, &[], &make::stored(&[0; 4096]));
    let fine = make::png(&make::fading(40, 30));
    let changed = |at: usize| {
        let mut file = fine.clone();
        file[at] ^= 1;
        file
    };
    vec![
        ("png", "taken", fine.clone()),
        ("png 65535 x 65535", "pixels", of(header(65535, 65535, 8, 6, 0))),
        ("png 2^31 x 2^31", "refused", of(header(1 << 31, 1 << 31, 8, 6, 0))),
        ("png 4097 x 4096", "pixels", of(header(4097, 4096, 1, 0, 0))),
        ("png 8193 x 1", "pixels", of(header(8193, 1, 1, 0, 0))),
        ("png 1 x 65535, interlaced", "pixels", of(header(1, 65535, 8, 2, 1))),
        ("png 0 x 9", "broken", of(header(0, 9, 8, 0, 0))),
        ("png 9 x 0", "broken", of(header(9, 0, 8, 0, 0))),
        (
            "png 30000 x 30000, all of it",
            "pixels",
            make::flat_png(30000, 30000, BitDepth::One, ColorType::Grayscale),
        ),
        (
            "png, large, 16 bits a channel",
            "taken",
            make::flat_png(LARGE.into(), LARGE.into(), BitDepth::Sixteen, ColorType::Rgba),
        ),
        (
            "png 8192 x 64, 1 bit",
            "taken",
            make::flat_png(8192, 64, BitDepth::One, ColorType::Grayscale),
        ),
        ("png 3 bits deep", "broken", of(header(8, 8, 3, 0, 0))),
        ("png of colour type 5", "broken", of(header(8, 8, 8, 5, 0))),
        ("png of palette without one", "broken", of(header(8, 8, 8, 3, 0))),
        ("png interlaced in a third way", "broken", of(header(8, 8, 8, 0, 2))),
        ("png, header changed", "broken", changed(20)),
        ("png, pixels changed", "broken", changed(60)),
        ("png, end changed", "either", changed(fine.len() - 2)),
        ("png, signature alone", "broken", fine[..8].to_vec()),
        (
            "png 4096 x 4096, RGBA",
            "taken",
            make::flat_png(4096, 4096, BitDepth::Eight, ColorType::Rgba),
        ),
        ("png, header alone", "broken", fine[..33].to_vec()),
    ]
}

fn more_pngs() -> Vec<Row> {
    let header = make::png_header(8, 8, 8, 0, 0);
    let pixels = make::stored(&[0; 72]);
    let fine = grey(8, 8, &[0; 72]);
    let palette: &[(&[u8; 4], &[u8])] = &[(b"PLTE", &[1, 2, 3])];
    let indexed = make::png_header(8, 8, 8, 3, 0);
    let mut long = fine.clone();
    long[33..37].fill(0xff);
    let texts: Vec<u8> = (0..50_000).flat_map(|_| make::chunk(b"tEXt", b"key\0text")).collect();
    vec![
        ("png with 50000 texts", "taken", [&fine[..33], &texts, &fine[33..]].concat()),
        (
            "png with a text of 9 MB",
            "either",
            make::with_chunk(&fine, b"tEXt", &vec![b'a'; 9 << 20]),
        ),
        ("png with a zTXt of 200 MB", "taken", make::with_chunk(&fine, b"zTXt", &bomb(b"key\0\0"))),
        (
            "png with an iCCP of 200 MB",
            "taken",
            make::with_chunk(&fine, b"iCCP", &bomb(b"icc\0\0")),
        ),
        ("png with an iTXt of 200 MB", "taken", {
            make::with_chunk(&fine, b"iTXt", &bomb(b"key\0\x01\0\0\0"))
        }),
        ("png with pixels of 200 MB", "either", make::png_of(&header, &[], &bomb(b""))),
        ("png with too few pixels", "broken", grey(8, 8, &[0; 40])),
        ("png with too many pixels", "either", grey(8, 8, &[0; 4000])),
        ("png without pixels", "broken", make::png_of(&header, &[], b"")),
        ("png with no zlib", "broken", make::png_of(&header, &[], b"not compressed")),
        ("png with filter 9", "broken", grey(8, 8, &[9; 72])),
        ("png with an unknown critical chunk", "either", make::with_chunk(&fine, b"ABCD", b"?")),
        ("png with two headers", "broken", make::with_chunk(&fine, b"IHDR", &header)),
        ("png with a chunk of 4 GB", "broken", long),
        ("png with colours out of its palette", "either", {
            make::png_of(&indexed, palette, &make::stored(&[0, 9, 9, 9, 9, 9, 9, 9, 9].repeat(8)))
        }),
        ("png with 2^31 frames", "either", {
            make::with_chunk(&fine, b"acTL", &[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0])
        }),
        ("png, interlaced", "taken", {
            // Seven passes over 8 x 8: each row has a filter in front.
            let pixels = [2, 2, 3, 6, 10, 20, 36].map(|bytes| vec![0; bytes]).concat();
            make::png_of(&make::png_header(8, 8, 8, 0, 1), &[], &make::stored(&pixels))
        }),
        ("png with two ends", "taken", [fine.clone(), pixels.clone(), fine].concat()),
    ]
}

/// Zlib that becomes 200 MB of nothing, behind `head`.
fn bomb(head: &[u8]) -> Vec<u8> {
    let png = make::flat_png(20_000, 10_000, BitDepth::Eight, ColorType::Grayscale);
    let mut zlib = head.to_vec();
    let mut at = 8;
    while at < png.len() {
        let length = u32::from_be_bytes(png[at..at + 4].try_into().expect("a length")) as usize;
        if &png[at + 4..at + 8] == b"IDAT" {
            zlib.extend(&png[at + 8..at + 8 + length]);
        }
        at += length + 12;
    }
    zlib
}

/// Where the header of the frame is in a JPEG, behind its marker and length.
fn frame_of(jpeg: &[u8]) -> usize {
    let is_frame = |pair: &[u8]| pair[0] == 0xff && matches!(pair[1], 0xc0..=0xc2);
    jpeg.windows(2).position(is_frame).expect("a frame") + 4
}

fn jpegs() -> Vec<Row> {
    let fine = make::jpeg(&make::photo(40, 30));
    let frame = frame_of(&fine);
    let sized = |width: u16, height: u16| {
        let mut file = fine.clone();
        file[frame + 1..frame + 3].copy_from_slice(&height.to_be_bytes());
        file[frame + 3..frame + 5].copy_from_slice(&width.to_be_bytes());
        file
    };
    let with = |at: usize, byte: u8| {
        let mut file = fine.clone();
        file[at] = byte;
        file
    };
    let kept = |mut file: Vec<u8>| {
        file[frame - 3] = 0xc2;
        file
    };
    vec![
        ("jpeg", "taken", fine.clone()),
        ("jpeg 65535 x 65535", "pixels", sized(65535, 65535)),
        ("jpeg 8193 x 8", "pixels", sized(8193, 8)),
        ("jpeg 0 x 9", "broken", sized(0, 9)),
        ("jpeg 9 x 0", "broken", sized(9, 0)),
        ("jpeg, large, of 40 x 30", "taken", sized(LARGE, LARGE)),
        ("jpeg 4096 x 4096, progressive, in full colour", "memory", kept(sized(4096, 4096))),
        ("jpeg with 1000 scans", "long", make::progressive(64, 1000, false)),
        ("jpeg, large, with 40 scans", "taken", make::progressive(LARGE, 39, false)),
        ("jpeg, large, with all coefficients", "taken", make::progressive(LARGE, 2, true)),
        ("jpeg 4096 x 4096, to be turned", "taken", make::flat_jpeg(4096, 6)),
        ("jpeg of 12 bits", "refused", with(frame, 12)),
        ("jpeg of 5 components", "broken", with(frame + 5, 5)),
        ("jpeg of 0 components", "broken", with(frame + 5, 0)),
        ("jpeg sampled 0 x 0", "broken", with(frame + 7, 0)),
        ("jpeg sampled 15 x 15", "refused", with(frame + 7, 0xff)),
        ("jpeg, lossless", "unsupported", with(frame - 3, 0xc3)),
        ("jpeg, arithmetic", "unsupported", with(frame - 3, 0xc9)),
        ("jpeg without a frame", "broken", with(frame - 3, 0xfe)),
        ("jpeg without tables", "refused", {
            let mut file = fine[..2].to_vec();
            file.extend(&fine[frame - 4..]);
            file.iter_mut()
                .skip(30)
                .for_each(|byte| *byte = if *byte == 0xc4 { 0xfe } else { *byte });
            file
        }),
    ]
}

fn more_jpegs() -> Vec<Row> {
    let fine = make::jpeg(&make::photo(40, 30));
    let frame = frame_of(&fine);
    let head = &fine[frame - 4..frame + 15];
    let end = fine.len() - 2;
    let extended = {
        let mut body = b"http://ns.adobe.com/xmp/extension/\0".to_vec();
        body.extend([b'0'; 32]);
        body.extend([0xff; 4]);
        body.extend([0; 4]);
        body.extend([b'x'; 100]);
        make::segment(0xe1, &body)
    };
    vec![
        ("jpeg with two frames", "broken", [&fine[..frame - 4], head, &fine[frame - 4..]].concat()),
        ("jpeg with a frame at its end", "broken", [&fine[..end], head, &fine[end..]].concat()),
        ("jpeg without an end", "either", fine[..end].to_vec()),
        ("jpeg with another behind it", "taken", [&fine[..], &fine].concat()),
        ("jpeg with 5 MB of Exif", "taken", {
            let exif = [&b"Exif\0\0"[..], &vec![7; 60_000]].concat();
            make::with_segments(&fine, &vec![(0xe1, &exif[..]); 85])
        }),
        ("jpeg with 5 MB of ICC", "taken", {
            let icc = [&b"ICC_PROFILE\0\x01\xff"[..], &vec![7; 60_000]].concat();
            make::with_segments(&fine, &vec![(0xe2, &icc[..]); 85])
        }),
        ("jpeg with 5 MB of tables", "broken", {
            let table = [&[0][..], &[1; 64]].concat().repeat(900);
            make::with_segments(&fine, &vec![(0xdb, &table[..]); 85])
        }),
        ("jpeg with XMP of 4 GB", "taken", [&fine[..2], &extended, &fine[2..]].concat()),
        ("jpeg with a segment of 0 bytes", "broken", {
            [&fine[..2], &[0xff, 0xe1, 0, 0], &fine[2..]].concat()
        }),
        ("jpeg with a segment that is too long", "broken", {
            [&fine[..2], &[0xff, 0xe1, 0xff, 0xff], &fine[2..]].concat()
        }),
        ("jpeg with fill bytes", "taken", [&fine[..2], &[0xff; 500], &fine[2..]].concat()),
        ("jpeg, start alone", "broken", fine[..3].to_vec()),
        ("jpeg with noise for coefficients", "either", {
            let mut file = fine.clone();
            file[700..end]
                .iter_mut()
                .enumerate()
                .for_each(|(at, byte)| *byte = (at * 37) as u8 & 0x7f);
            file
        }),
    ]
}

/// So many frames of one colour each, as a decent encoder writes them.
pub(crate) fn animation(frames: usize, width: u16, height: u16) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height, &[0, 0, 0, 255, 0, 0]).expect("begun");
    for at in 0..frames {
        let pixels = vec![(at % 2) as u8; usize::from(width) * usize::from(height)];
        encoder
            .write_frame(&Frame::from_indexed_pixels(width, height, pixels, None))
            .expect("a frame");
    }
    drop(encoder);
    file
}

fn gifs() -> Vec<Row> {
    let one = |frame: RawFrame| make::gif(16, 16, &[frame]);
    let fine = || RawFrame::of(16, 16);
    vec![
        ("gif", "taken", one(fine())),
        ("gif 65535 x 65535", "pixels", make::gif(65535, 65535, &[fine()])),
        ("gif 8193 x 1", "pixels", make::gif(8193, 1, &[RawFrame::of(1, 1)])),
        ("gif 0 x 0", "broken", make::gif(0, 0, &[fine()])),
        ("gif of 10000 frames", "frames", animation(10_000, 4, 4)),
        ("gif of 101 frames", "frames", animation(101, 4, 4)),
        ("gif of 100 frames of 1000 x 1000", "taken", animation(100, 1000, 1000)),
        ("gif of 7 frames of 4096 x 4096", "frames", animation(7, 4096, 4096)),
        ("gif without frames", "broken", make::gif(16, 16, &[])),
        ("gif, large, with a frame of one pixel", "taken", {
            let at = (LARGE - 1, LARGE - 1);
            make::gif(LARGE, LARGE, &[RawFrame { at, ..RawFrame::of(1, 1) }])
        }),
        ("gif with a frame outside", "broken", one(RawFrame { at: (1, 0), ..fine() })),
        ("gif with a frame far outside", "broken", one(RawFrame { at: (65535, 65535), ..fine() })),
        ("gif with a frame too large", "broken", one(RawFrame { size: (65535, 65535), ..fine() })),
        ("gif with a frame of 0 x 0", "broken", one(RawFrame { size: (0, 0), ..fine() })),
        ("gif with a frame of 16 x 0", "broken", one(RawFrame { size: (16, 0), ..fine() })),
    ]
}

fn more_gifs() -> Vec<Row> {
    let one = |frame: RawFrame| make::gif(16, 16, &[frame]);
    let fine = || RawFrame::of(16, 16);
    let file = one(fine());
    let with = |inside: &[u8]| [&file[..25], inside, &file[25..]].concat();
    vec![
        (
            "gif with codes without end",
            "either",
            one(RawFrame { data: make::lzw(8 << 20), ..fine() }),
        ),
        ("gif with too few codes", "broken", one(RawFrame { data: make::lzw(20), ..fine() })),
        ("gif without codes", "broken", one(RawFrame { data: vec![], ..fine() })),
        ("gif with codes of 0 bits", "broken", one(RawFrame { code_bits: 0, ..fine() })),
        ("gif with codes of 12 bits", "broken", one(RawFrame { code_bits: 12, ..fine() })),
        ("gif with codes of nothing", "broken", one(RawFrame { data: vec![0xff; 999], ..fine() })),
        ("gif, interlaced", "taken", one(RawFrame { flags: 0x40, ..fine() })),
        ("gif of one row, interlaced", "taken", {
            make::gif(16, 1, &[RawFrame { flags: 0x40, ..RawFrame::of(16, 1) }])
        }),
        ("gif without an end", "broken", file[..file.len() - 1].to_vec()),
        ("gif without a palette", "broken", {
            [&file[..10], &[0][..], &file[11..13], &file[25..]].concat()
        }),
        ("gif with a palette of two colours", "either", {
            [&file[..10], &[0x80][..], &file[11..19], &file[25..]].concat()
        }),
        ("gif with 5 MB of comments", "taken", {
            with(&[&[0x21, 0xfe][..], &make::blocks(&vec![b'c'; 5 << 20])].concat())
        }),
        ("gif with 5 MB of XMP", "taken", {
            let data = [&b"XMP DataXMP"[..], &vec![b'x'; 5 << 20]].concat();
            let first = [&[0x21, 0xff, 11][..], &data[..11]].concat();
            with(&[first, make::blocks(&data[11..])].concat())
        }),
        ("gif with an unknown block", "broken", with(&[0x99, 1, 2, 3])),
        (
            "gif with a control that is too long",
            "broken",
            with(&[0x21, 0xf9, 6, 0, 0, 0, 0, 0, 0, 0]),
        ),
        ("gif, header alone", "broken", file[..13].to_vec()),
    ]
}

fn webps() -> Vec<Row> {
    let webp = make::webp;
    let lossy = &LOSSY[20..];
    let wide = |width: u16, height: u16| {
        let mut data = lossy.to_vec();
        data[6..8].copy_from_slice(&width.to_le_bytes());
        data[8..10].copy_from_slice(&height.to_le_bytes());
        webp(&[(b"VP8 ", &data)])
    };
    let canvas = |flags: u8, width: u32, height: u32| {
        let (width, height) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
        [&[flags, 0, 0, 0][..], &width[..3], &height[..3]].concat()
    };
    let claim = |mut file: Vec<u8>, kind: &[u8]| {
        let at = file.windows(4).position(|four| four == kind).expect("a chunk") + 4;
        file[at..at + 4].copy_from_slice(&[0xfe, 0xff, 0xff, 0xff]);
        file
    };
    let small = make::vp8l(16, 16, true);
    vec![
        ("webp, lossy", "taken", LOSSY.to_vec()),
        ("webp, lossy with alpha", "taken", ALPHA.to_vec()),
        ("webp, animated", "taken", ANIMATED.to_vec()),
        ("webp, lossless, of several groups", "taken", GROUPS.to_vec()),
        ("webp, lossless", "taken", webp(&[(b"VP8L", &small)])),
        (
            "webp, lossless, 16383 x 16383",
            "pixels",
            webp(&[(b"VP8L", &make::vp8l(16383, 16383, true))]),
        ),
        ("webp, lossless, 4096 x 4096", "taken", webp(&[(b"VP8L", &make::vp8l(4096, 4096, true))])),
        ("webp, lossless and opaque, 4096 x 4096", "memory", {
            webp(&[(b"VP8L", &make::vp8l(4096, 4096, false))])
        }),
        ("webp of 65536 groups", "memory", webp(&[(b"VP8L", &make::vp8l_of_many_codes())])),
        ("webp, lossy, 16383 x 16383", "pixels", wide(16383, 16383)),
        ("webp, lossy, large, of 48 x 32", "either", wide(LARGE, LARGE)),
        ("webp, lossy, 0 x 0", "broken", wide(0, 0)),
        ("webp with a canvas of 2^24 x 1", "refused", {
            webp(&[(b"VP8X", &canvas(0, 1 << 24, 1)), (b"VP8L", &small)])
        }),
        ("webp with a canvas of another size", "broken", {
            webp(&[(b"VP8X", &canvas(0x10, 32, 32)), (b"VP8L", &small)])
        }),
        ("webp with Exif of 4 GB", "either", {
            let exif: &[u8] = b"MM\0\x2a";
            let x = canvas(0x18, 16, 16);
            claim(webp(&[(b"VP8X", &x), (b"VP8L", &small), (b"EXIF", exif)]), b"EXIF")
        }),
        ("webp with lossless data of 4 GB", "either", claim(webp(&[(b"VP8L", &small)]), b"VP8L")),
        ("webp with lossy data of 4 GB", "either", claim(LOSSY.to_vec(), b"VP8 ")),
        ("webp with alpha of 4 GB", "broken", claim(ALPHA.to_vec(), b"ALPH")),
        ("webp with a frame of 4 GB", "either", claim(ANIMATED.to_vec(), b"ANMF")),
        ("webp without a picture", "broken", webp(&[(b"VP8X", &canvas(0, 16, 16))])),
        ("webp animated without frames", "broken", webp(&[(b"VP8X", &canvas(2, 16, 16))])),
        ("webp of nothing", "broken", webp(&[])),
        ("webp of an unknown chunk", "broken", webp(&[(b"ABCD", b"1234")])),
        ("webp, lossy data in a lossless chunk", "broken", webp(&[(b"VP8L", lossy)])),
        ("webp, lossless data in a lossy chunk", "broken", webp(&[(b"VP8 ", &small)])),
    ]
}
