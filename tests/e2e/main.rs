//! The promises, end to end: each test is a sentence that a user may rely on.

mod bad_input;
mod delivery;
mod history;
mod kept;
mod legacy_holes;
mod limits;
mod nemesis;
mod person;
mod presence;
mod privacy;
mod receipts;
mod resume;
mod screen_copy;
mod screen_hostile;
mod screen_long_chat;
mod screen_look;
mod screen_notify;
mod screen_reading;
mod screen_receipts;
mod screen_writing;
mod sessions;
mod stage;
mod terminal_answers;
mod terminal_given_back;
mod terminal_tmux;
mod two_people;
