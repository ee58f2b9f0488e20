use crossterm::event::KeyCode;
use proptest::prelude::*;

use super::stage::{Stage, brands, long_sql};
use crate::tui::update::Msg;

fn stages() -> Vec<Stage> {
    let mut plan = Stage::ready(80, 24);
    plan.propose(&long_sql());
    let mut editor = Stage::ready(80, 24);
    editor.propose(&long_sql());
    editor.press(KeyCode::Char('e'));
    let mut result = Stage::ready(80, 24);
    result.result(brands());
    let mut chart = Stage::ready(80, 24);
    chart.result(brands());
    chart.press(KeyCode::Char('c'));
    let mut record = Stage::ready(80, 24);
    record.result(brands());
    record.press(KeyCode::Enter);
    let mut help = Stage::ready(80, 24);
    help.press(KeyCode::F(1));
    vec![Stage::new(80, 24), Stage::ready(80, 24), plan, editor, result, chart, record, help]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn no_window_size_breaks_any_screen(sizes in prop::collection::vec((1u16..=500, 1u16..=200), 4)) {
        for mut stage in stages() {
            for (width, height) in sizes.iter().copied().chain([(1, 1), (60, 15), (61, 15), (500, 200)]) {
                stage.take(Msg::Resize(width, height));
                stage.press(KeyCode::Down);
                stage.press(KeyCode::PageDown);
            }
        }
    }
}

#[test]
fn a_small_window_asks_for_room_and_keeps_the_state() {
    let mut stage = Stage::ready(80, 24);
    stage.result(brands());
    stage.take(Msg::Resize(59, 24));
    assert!(stage.screen().contains("Amplíe la ventana"));
    stage.take(Msg::Resize(80, 24));
    assert!(stage.screen().contains("BOSCH"));
}
