//! A small client without a screen, for bots and scripts.
