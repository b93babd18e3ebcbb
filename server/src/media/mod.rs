//! Pictures and other files that people upload.

pub mod image;
