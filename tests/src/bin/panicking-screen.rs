//! A program that takes the terminal over as `chatter` does, and panics: what the test of the
//! restored terminal must see given back.

use chatter::terminal::{Finish, Screen};

fn main() -> anyhow::Result<()> {
    color_eyre::install().map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut screen = Screen::enter()?;
    screen.set_mouse(true)?;
    screen.set_title("a \x1b[31mtitle")?;
    screen.draw(|buffer| {
        let style = buffer[(0, 0)].style();
        buffer.set_string(0, 0, "about to panic", style);
        Finish::default()
    })?;
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    panic!("on purpose");
}
