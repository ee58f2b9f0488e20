use ratatui::style::Modifier;

use super::*;

#[test]
fn the_shipped_themes_parse_and_name_every_role() {
    for source in [
        include_str!("../../../themes/dark.toml"),
        include_str!("../../../themes/light.toml"),
        include_str!("../../../themes/mono.toml"),
    ] {
        let theme = Theme::parse(source).expect("a shipped theme is valid");
        for role in Styles::NAMES {
            assert!(source.contains(&format!("\n{role} = ")), "{} lacks {role}", theme.name);
        }
    }
    let names: Vec<_> = Theme::shipped().into_iter().map(|theme| theme.name).collect();
    assert_eq!(names, ["dark", "light", "mono"]);
}

#[test]
fn mono_has_no_color_and_marks_the_cursor_by_an_attribute() {
    let styles = Theme::named("mono").expect("mono is shipped").styles(ColorDepth::TrueColor);
    assert_eq!(styles, styles.without_color());
    assert!(styles.cursor.add_modifier.contains(Modifier::REVERSED));
}

#[test]
fn without_colors_a_colored_theme_keeps_its_attributes() {
    let styles = Theme::named("dark").expect("dark is shipped").styles(ColorDepth::None);
    assert_eq!(styles.unknown.fg, None);
    assert!(styles.unknown.add_modifier.contains(Modifier::UNDERLINED));
}

#[test]
fn truecolor_is_used_only_where_it_is_announced() {
    let theme = Theme::named("dark").expect("dark is shipped");
    assert!(matches!(theme.styles(ColorDepth::TrueColor).bar.fg, Some(Color::Rgb(..))));
    assert!(!matches!(theme.styles(ColorDepth::Ansi16).bar.fg, Some(Color::Rgb(..))));
}

#[test]
fn an_own_theme_starts_from_a_shipped_one() {
    let own = Theme::parse("name = \"mío\"\ninherits = \"light\"\n[roles]\nbar = { fg = \"red\" }\n")
        .expect("a valid theme");
    let light = Theme::named("light").expect("light is shipped");
    assert_eq!(own.ansi.bar.fg, Some(Color::Red));
    assert_eq!(own.ansi.negative, light.ansi.negative);
}

#[test]
fn problems_are_told_with_their_line() {
    let at = |source: &str| Theme::parse(source).expect_err("an invalid theme");
    assert_eq!(
        at("name = \"x\"\n\n[roles]\nbarr = {}\n"),
        ThemeError { line: 4, problem: ThemeProblem::Role("barr".into()) }
    );
    assert_eq!(
        at("name = \"x\"\n[roles]\nbar = { fg = \"rojo\" }\n"),
        ThemeError { line: 3, problem: ThemeProblem::Color("rojo".into()) }
    );
    assert_eq!(at("name = \"x\"\ninherits = \"y\"\n").line, 2);
    assert_eq!(at("name = \"x\"\n[roles]\nbar = { blink = true }\n").line, 3);
    assert_eq!(at("name = \"x\"\n[roles\n").line, 2);
}
