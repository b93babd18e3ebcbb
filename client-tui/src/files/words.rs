//! Attachments in words, for where they don't show as what they are.

use chatter_protocol::Attachment;

/// As `[picture: The engine, from the side, 1280x720, 47 KiB]`: what its sender says of it, else its
/// name. Text of others, to be made safe as such.
pub fn in_words(attachment: &Attachment) -> String {
    let called = attachment.alt.as_deref().unwrap_or(attachment.name.as_str());
    let bytes = size(attachment.bytes);
    match attachment.image {
        Some(image) => format!("[picture: {called}, {}x{}, {bytes}]", image.width, image.height),
        None => format!("[file: {}, {bytes}]", attachment.name),
    }
}

/// A size as people say it, to two digits: `812 B`, `47 KiB`, `3.1 MiB`.
pub fn size(bytes: u64) -> String {
    const KIB: f64 = 1024.0;
    let kib = bytes as f64 / KIB;
    match bytes {
        0..1024 => format!("{bytes} B"),
        _ if kib < 9.95 => format!("{kib:.1} KiB"),
        _ if kib < 1023.5 => format!("{kib:.0} KiB"),
        _ if kib < 9.95 * KIB => format!("{:.1} MiB", kib / KIB),
        _ => format!("{:.0} MiB", kib / KIB),
    }
}

#[cfg(test)]
mod tests {
    use chatter_protocol::{FileName, ImageSize, MediaId};

    use super::*;

    #[test]
    fn sizes_are_said_in_two_digits() {
        for (bytes, said) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1.0 KiB"),
            (48_213, "47 KiB"),
            (1_048_575, "1.0 MiB"),
            (10_485_760, "10 MiB"),
        ] {
            assert_eq!(size(bytes), said);
        }
    }

    #[test]
    fn a_picture_is_what_its_sender_says_of_it() {
        let file = Attachment {
            media: MediaId::new(),
            name: FileName::of("engine.png"),
            content_type: "image/png".to_owned(),
            bytes: 48_213,
            alt: None,
            image: Some(ImageSize { width: 1_280, height: 720 }),
        };
        assert_eq!(in_words(&file), "[picture: engine.png, 1280x720, 47 KiB]");
        let told = Attachment { alt: Some("The engine".to_owned()), ..file.clone() };
        assert_eq!(in_words(&told), "[picture: The engine, 1280x720, 47 KiB]");
        assert_eq!(in_words(&Attachment { image: None, ..file }), "[file: engine.png, 47 KiB]");
    }
}
