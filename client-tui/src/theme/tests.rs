use ratatui::style::{Color, Modifier, Style};

use super::*;
use crate::config::Colours;

fn theme(name: &str, depth: Depth) -> Theme {
    Theme::named(name, &Config::default(), depth)
}

#[test]
fn everything_can_be_read_in_every_built_in_theme() {
    let mut found = String::new();
    for palette in BUILT_IN {
        let least = match palette.name.starts_with("high-contrast") {
            true => 7.0,
            false => CONTRAST_MIN,
        };
        for depth in [Depth::True, Depth::Indexed] {
            for weakness in weaknesses(&theme(palette.name, depth), palette.ground, least) {
                found.push_str(&format!("{} {depth:?} {weakness:?}\n", palette.name));
            }
        }
    }
    assert!(found.is_empty(), "{found}");
}

#[test]
fn what_is_hard_to_read_is_found() {
    let mut theme = theme("dark", Depth::True);
    theme.quiet = Style::new().fg(Color::Rgb(60, 60, 60));
    let found = weaknesses(&theme, Ground::Dark, CONTRAST_MIN);
    assert_eq!(found.iter().map(|weakness| weakness.role).collect::<Vec<_>>(), ["quiet"]);
}

#[test]
fn sixteen_colours_are_the_terminals_own_and_none_are_weights_alone() {
    for palette in BUILT_IN {
        for role in ROLES {
            let at = |depth| (role.style)(&theme(palette.name, depth));
            for colour in [at(Depth::Sixteen).fg, at(Depth::Sixteen).bg].into_iter().flatten() {
                assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{}", role.name);
            }
            assert_eq!((at(Depth::None).fg, at(Depth::None).bg), (None, None), "{}", role.name);
            for colour in [at(Depth::Indexed).fg, at(Depth::Indexed).bg].into_iter().flatten() {
                let is_fixed = matches!(colour, Color::Indexed(16..));
                assert!(is_fixed || palette.name == "sixteen", "{} {}", palette.name, role.name);
            }
        }
    }
    let bare = theme("dark", Depth::None);
    assert!(bare.selection.add_modifier.contains(Modifier::REVERSED));
    assert!(bare.badge.add_modifier.contains(Modifier::REVERSED));
    assert_ne!(bare.quiet, bare.text);
    assert_ne!(bare.link, bare.text);
}

#[test]
fn the_terminal_is_believed() {
    let seen = |set: &'static [(&str, &str)]| {
        Depth::detect(|name| {
            set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    };
    assert_eq!(seen(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]), Depth::None);
    assert_eq!(seen(&[("TERM", "dumb"), ("COLORTERM", "truecolor")]), Depth::None);
    assert_eq!(seen(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]), Depth::True);
    assert_eq!(seen(&[("TERM", "tmux-256color"), ("COLORTERM", "24bit")]), Depth::True);
    assert_eq!(seen(&[("TERM", "xterm-direct")]), Depth::True);
    assert_eq!(seen(&[("TERM", "xterm-kitty")]), Depth::True);
    assert_eq!(seen(&[("TERM", "xterm-256color")]), Depth::Indexed);
    assert_eq!(seen(&[("TERM", "screen.xterm-256color"), ("STY", "1.x")]), Depth::Indexed);
    let screen: &[_] = &[("TERM", "screen-256color"), ("COLORTERM", "truecolor"), ("STY", "1.x")];
    assert_eq!(seen(screen), Depth::Indexed);
    assert_eq!(seen(&[("TERM", "linux")]), Depth::Sixteen);
    assert_eq!(seen(&[]), Depth::Sixteen);
    assert_eq!(Depth::chosen(Colours::Sixteen, Depth::True), Depth::Sixteen);
    assert_eq!(Depth::chosen(Colours::Auto, Depth::Indexed), Depth::Indexed);
}

#[test]
fn auto_follows_the_background_and_unknown_ones_get_what_both_can_show() {
    let mut config = Config::default();
    let with =
        |config: &Config, background| Theme::new(config, &Facts { background, ..Facts::default() });
    assert_eq!(with(&config, Some(Background::Dark)), theme("dark", Depth::True));
    assert_eq!(with(&config, Some(Background::Light)), theme("light", Depth::True));
    assert_eq!(with(&config, None), theme("either", Depth::True));
    config.look.light_theme = "paper".to_owned();
    assert_eq!(with(&config, Some(Background::Light)), theme("paper", Depth::True));
    config.look.theme = "dusk".to_owned();
    assert_eq!(with(&config, Some(Background::Light)), theme("dusk", Depth::True));
}

#[test]
fn glyphs_follow_the_locale_unless_chosen() {
    let mut config = Config::default();
    let facts = Facts { unicode: false, ..Facts::default() };
    assert_eq!(Theme::new(&config, &facts).glyphs, Glyphs::Ascii);
    config.look.glyphs = config::Glyphs::Unicode;
    assert_eq!(Theme::new(&config, &facts).glyphs, Glyphs::Unicode);
}

#[test]
fn styles_are_read_and_written() {
    let style = parse_style("bold #ffffff on 24 underline").expect("a style");
    let expected = Style::new().fg(Color::Rgb(255, 255, 255)).bg(Color::Indexed(24));
    assert_eq!(style, expected.add_modifier(Modifier::BOLD | Modifier::UNDERLINED));
    assert_eq!(parse_style("light-red on default").expect("a style").fg, Some(Color::LightRed));
    for text in ["", "bold", "bold italic light-red on dark-gray", "default on #102030", "7"] {
        let style = parse_style(text).expect("a style");
        assert_eq!(parse_style(&written_style(style)), Ok(style), "{text}");
    }
    assert_eq!(parse_style("bold pinkish"), Err("pinkish".to_owned()));
    assert_eq!(parse_style("red green"), Err("green".to_owned()));
    assert_eq!(parse_style("red on"), Err(String::new()));
    assert_eq!(parse_style("#12345"), Err("#12345".to_owned()));
}

#[test]
fn an_own_theme_changes_its_base_and_follows_the_terminal() {
    let mut config = Config::default();
    config.themes.push(CustomTheme {
        name: "mine".to_owned(),
        base: "dark".to_owned(),
        styles: vec![("link", parse_style("bold #ff0000 on #0000ff").expect("a style"))],
        names: vec![Style::new().fg(Color::Rgb(0, 255, 0))],
    });
    let mine = Theme::named("mine", &config, Depth::True);
    assert_eq!(mine.link.fg, Some(Color::Rgb(255, 0, 0)));
    assert_eq!(mine.quiet, theme("dark", Depth::True).quiet);
    assert!(mine.names.iter().all(|style| style.fg == Some(Color::Rgb(0, 255, 0))));
    let link = Theme::named("mine", &config, Depth::Indexed).link;
    assert_eq!((link.fg, link.bg), (Some(Color::Indexed(196)), Some(Color::Indexed(21))));
    let link = Theme::named("mine", &config, Depth::None).link;
    assert_eq!((link.fg, link.bg), (None, None));
    assert!(theme_names(&config).any(|name| name == "mine"));
}

#[test]
fn a_person_has_one_style_and_several_people_have_several() {
    let theme = Theme::default();
    let styles: Vec<_> =
        (0..40).map(|number| theme.name_of(UserId::from_bytes([number; 16]))).collect();
    assert_eq!(styles[7], theme.name_of(UserId::from_bytes([7; 16])));
    let mut different = styles.clone();
    different.dedup();
    assert!(different.len() > 4);
}
