//! Clocks of people: until when a status holds, as they write it, and what time it is where somebody
//! else is.
//!
//! Knows no clock of its own: the moment is given, and so is the zone but for the question which one
//! this device is in.

mod here;
mod local;
mod until;

pub use here::zone_here;
pub use local::{LocalTime, own_zone_name, zone_named, zone_to_share};
pub use until::{PRESETS, Until};
