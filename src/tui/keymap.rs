//! The keymap as data: one table feeds what keys do, the hint line and the help.

use crossterm::event::{KeyCode, KeyEvent};

use super::keys::{Key, alt, char, ctrl, ctrl_key, key};

/// Where a row of the keymap holds. The innermost context is asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Context {
    /// The question box has the focus.
    Question,
    /// Completions are offered for what is typed.
    Offers,
    /// A list to choose from: examples, readings of a question, suggestions.
    Choices,
    /// A proposal waits for a decision.
    Plan,
    /// A plan decided earlier is looked at again.
    OldPlan,
    /// The T-SQL is edited.
    Editor,
    /// The result table.
    Table,
    /// The search prompt of the table.
    Find,
    /// One row of the table, in full.
    Record,
    /// The chart or the insights, filling the pane.
    Reading,
    /// The panel of the connection.
    Connection,
    /// A password is typed.
    Password,
    /// The form for a new connection.
    Form,
    /// What trying a new connection found.
    Trial,
    /// The help.
    Help,
    /// "Quit although a query runs?"
    QuitDialog,
    /// A model is being asked.
    Asking,
    /// What was sent to a model.
    Sent,
    /// A consent is asked for.
    Consent,
    /// It is typed why an answer is wrong.
    Reason,
    /// A query runs and nothing inside asks for a decision.
    Running,
    /// Anywhere but where text is typed.
    NotTyping,
    /// Anywhere.
    Everywhere,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the descriptions in the keymap's rows say what each does")]
pub(crate) enum Action {
    Send,
    Newline,
    Complete,
    Older,
    Newer,
    Undo,
    Redo,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    HalfUp,
    HalfDown,
    Top,
    Bottom,
    First,
    Last,
    Choose,
    Pick,
    Back,
    Approve,
    Define,
    Edit,
    Reject,
    Press,
    Propose,
    Sort,
    Find,
    FindNext,
    FindPrevious,
    StartFind,
    Record,
    CopyCell,
    CopyRow,
    CopyOriginal,
    Chart,
    Insights,
    ShowPlan,
    Cancel,
    StopAsking,
    ShowSent,
    Agree,
    MarkRight,
    MarkWrong,
    Comment,
    Repair,
    Repeat,
    Connection,
    Reconnect,
    RefreshValues,
    SwitchCopy,
    SyncCopy,
    Demo,
    NewConnection,
    Next,
    Previous,
    Try,
    Save,
    SwitchFocus,
    Help,
    SwitchLanguage,
    SwitchTheme,
    Suspend,
    Interrupt,
    Quit,
}

/// A row of the keymap.
pub(crate) struct Binding {
    /// Where it holds.
    pub(crate) context: Context,
    /// The keys, the most usual first.
    pub(crate) keys: &'static [Key],
    /// What they do.
    pub(crate) action: Action,
    /// Catalogue key of the description.
    pub(crate) describe: &'static str,
    /// Whether the hint line shows it.
    pub(crate) hint: bool,
}

const fn row(
    context: Context,
    keys: &'static [Key],
    action: Action,
    describe: &'static str,
    hint: bool,
) -> Binding {
    Binding { context, keys, action, describe, hint }
}

const UP: &[Key] = &[key(KeyCode::Up), char('k')];
const DOWN: &[Key] = &[key(KeyCode::Down), char('j')];
const LEFT: &[Key] = &[key(KeyCode::Left), char('h')];
const RIGHT: &[Key] = &[key(KeyCode::Right), char('l')];
const PAGE_UP: &[Key] = &[key(KeyCode::PageUp), ctrl('b')];
const PAGE_DOWN: &[Key] = &[key(KeyCode::PageDown), ctrl('f'), char(' ')];
const TOP: &[Key] = &[char('g'), key(KeyCode::Home)];
const BOTTOM: &[Key] = &[char('G'), key(KeyCode::End)];
const ESC: &[Key] = &[key(KeyCode::Esc)];
const BACK: &[Key] = &[key(KeyCode::Esc), key(KeyCode::Backspace)];
const ENTER: &[Key] = &[key(KeyCode::Enter)];

/// Every row. Within a context the order is that of the hint line and the help.
pub(crate) const BINDINGS: &[Binding] = &[
    row(Context::Offers, &[key(KeyCode::Tab)], Action::Complete, "tui.do.complete", true),
    row(Context::Offers, &[key(KeyCode::Down)], Action::Down, "tui.do.next_offer", true),
    row(Context::Offers, &[key(KeyCode::Up)], Action::Up, "tui.do.previous_offer", false),
    row(Context::Offers, ESC, Action::Back, "tui.do.hide_offers", true),
    row(Context::Question, ENTER, Action::Send, "tui.do.send", true),
    row(Context::Question, &[alt(KeyCode::Enter), ctrl('j')], Action::Newline, "tui.do.newline", false),
    row(Context::Question, &[key(KeyCode::Up)], Action::Older, "tui.do.older", true),
    row(Context::Question, &[key(KeyCode::Down)], Action::Newer, "tui.do.newer", false),
    row(Context::Question, &[ctrl('u')], Action::Undo, "tui.do.undo", false),
    row(Context::Question, &[ctrl('r')], Action::Redo, "tui.do.redo", false),
    row(Context::Choices, ENTER, Action::Choose, "tui.do.choose", true),
    row(Context::Choices, UP, Action::Up, "tui.do.up", true),
    row(Context::Choices, DOWN, Action::Down, "tui.do.down", true),
    row(
        Context::Choices,
        &[char('1'), char('2'), char('3'), char('4'), char('5'), char('6'), char('7'), char('8')],
        Action::Pick,
        "tui.do.pick",
        true,
    ),
    row(Context::Choices, ESC, Action::Back, "tui.do.to_question", true),
    row(Context::Choices, &[char('m')], Action::ShowSent, "tui.do.show_sent", false),
    row(Context::Plan, &[char('a')], Action::Approve, "tui.do.approve", true),
    row(Context::Plan, &[char('e')], Action::Edit, "tui.do.edit", true),
    row(Context::Plan, &[char('r'), key(KeyCode::Esc)], Action::Reject, "tui.do.reject", true),
    row(Context::Plan, ENTER, Action::Press, "tui.do.press", false),
    row(Context::Plan, LEFT, Action::Left, "tui.do.button_left", false),
    row(Context::Plan, RIGHT, Action::Right, "tui.do.button_right", false),
    row(Context::Plan, UP, Action::Up, "tui.do.scroll_up", false),
    row(Context::Plan, DOWN, Action::Down, "tui.do.scroll_down", true),
    row(Context::Plan, PAGE_UP, Action::PageUp, "tui.do.page_up", false),
    row(Context::Plan, PAGE_DOWN, Action::PageDown, "tui.do.page_down", false),
    row(Context::Plan, TOP, Action::Top, "tui.do.top", false),
    row(Context::Plan, BOTTOM, Action::Bottom, "tui.do.bottom", true),
    row(Context::Plan, &[char('d')], Action::Define, "tui.do.define", true),
    row(Context::Plan, &[char('m')], Action::ShowSent, "tui.do.show_sent", false),
    row(Context::OldPlan, &[key(KeyCode::Esc), char('p')], Action::Back, "tui.do.to_result", true),
    row(Context::OldPlan, &[char('d')], Action::Define, "tui.do.define", true),
    row(Context::OldPlan, UP, Action::Up, "tui.do.scroll_up", false),
    row(Context::OldPlan, DOWN, Action::Down, "tui.do.scroll_down", true),
    row(Context::OldPlan, PAGE_UP, Action::PageUp, "tui.do.page_up", false),
    row(Context::OldPlan, PAGE_DOWN, Action::PageDown, "tui.do.page_down", false),
    row(Context::OldPlan, TOP, Action::Top, "tui.do.top", false),
    row(Context::OldPlan, BOTTOM, Action::Bottom, "tui.do.bottom", false),
    row(Context::OldPlan, &[char('m')], Action::ShowSent, "tui.do.show_sent", false),
    row(
        Context::Editor,
        &[key(KeyCode::F(5)), alt(KeyCode::Enter), ctrl_key(KeyCode::Enter)],
        Action::Propose,
        "tui.do.propose",
        true,
    ),
    row(Context::Editor, ESC, Action::Back, "tui.do.leave_editor", true),
    row(Context::Editor, &[ctrl('u')], Action::Undo, "tui.do.undo", true),
    row(Context::Editor, &[ctrl('r')], Action::Redo, "tui.do.redo", false),
    row(Context::Find, ENTER, Action::StartFind, "tui.do.start_find", true),
    row(Context::Find, ESC, Action::Back, "tui.do.leave_find", true),
    row(Context::Record, LEFT, Action::Left, "tui.do.previous_record", true),
    row(Context::Record, RIGHT, Action::Right, "tui.do.next_record", true),
    row(Context::Record, UP, Action::Up, "tui.do.scroll_up", false),
    row(Context::Record, DOWN, Action::Down, "tui.do.scroll_down", true),
    row(Context::Record, PAGE_UP, Action::PageUp, "tui.do.page_up", false),
    row(Context::Record, PAGE_DOWN, Action::PageDown, "tui.do.page_down", false),
    row(
        Context::Record,
        &[key(KeyCode::Esc), key(KeyCode::Enter), key(KeyCode::Backspace)],
        Action::Back,
        "tui.do.to_table",
        true,
    ),
    row(Context::Reading, &[char('c')], Action::Chart, "tui.do.chart", true),
    row(Context::Reading, &[char('i')], Action::Insights, "tui.do.insights", true),
    row(Context::Reading, UP, Action::Up, "tui.do.scroll_up", false),
    row(Context::Reading, DOWN, Action::Down, "tui.do.scroll_down", false),
    row(Context::Reading, PAGE_UP, Action::PageUp, "tui.do.page_up", false),
    row(Context::Reading, PAGE_DOWN, Action::PageDown, "tui.do.page_down", false),
    row(Context::Reading, BACK, Action::Back, "tui.do.to_table", true),
    row(Context::Reading, &[char('m')], Action::Comment, "tui.do.comment", true),
    row(Context::Reading, &[char('v')], Action::MarkRight, "tui.do.mark_right", true),
    row(Context::Reading, &[char('x')], Action::MarkWrong, "tui.do.mark_wrong", true),
    row(Context::Asking, ESC, Action::StopAsking, "tui.do.stop_asking", true),
    row(Context::Running, ESC, Action::Cancel, "tui.do.cancel", true),
    row(Context::Table, ENTER, Action::Record, "tui.do.record", true),
    row(Context::Table, &[char('s')], Action::Sort, "tui.do.sort", true),
    row(Context::Table, &[char('/'), ctrl('f')], Action::Find, "tui.do.find", true),
    row(Context::Table, &[char('n')], Action::FindNext, "tui.do.find_next", false),
    row(Context::Table, &[char('N')], Action::FindPrevious, "tui.do.find_previous", false),
    row(Context::Table, &[char('c')], Action::Chart, "tui.do.chart", true),
    row(Context::Table, &[char('i')], Action::Insights, "tui.do.insights", true),
    row(Context::Table, &[char('p')], Action::ShowPlan, "tui.do.show_plan", true),
    row(Context::Table, &[char('1'), char('2'), char('3')], Action::Pick, "tui.do.ask_next", false),
    row(Context::Table, &[char('r')], Action::Repeat, "tui.do.repeat", false),
    row(Context::Table, &[char('y')], Action::CopyCell, "tui.do.copy_cell", true),
    row(Context::Table, &[char('Y')], Action::CopyRow, "tui.do.copy_row", false),
    row(Context::Table, &[char('o')], Action::CopyOriginal, "tui.do.copy_original", false),
    row(Context::Table, UP, Action::Up, "tui.do.row_up", false),
    row(Context::Table, DOWN, Action::Down, "tui.do.row_down", false),
    row(Context::Table, LEFT, Action::Left, "tui.do.column_left", false),
    row(Context::Table, RIGHT, Action::Right, "tui.do.column_right", false),
    row(Context::Table, &[key(KeyCode::PageUp), ctrl('b')], Action::PageUp, "tui.do.page_up", false),
    row(Context::Table, &[key(KeyCode::PageDown), char(' ')], Action::PageDown, "tui.do.page_down", false),
    row(Context::Table, &[ctrl('u')], Action::HalfUp, "tui.do.half_up", false),
    row(Context::Table, &[ctrl('d')], Action::HalfDown, "tui.do.half_down", false),
    row(Context::Table, &[char('g'), ctrl_key(KeyCode::Home)], Action::Top, "tui.do.first_row", false),
    row(Context::Table, &[char('G'), ctrl_key(KeyCode::End)], Action::Bottom, "tui.do.last_row", false),
    row(Context::Table, &[key(KeyCode::Home), char('0')], Action::First, "tui.do.first_column", false),
    row(Context::Table, &[key(KeyCode::End), char('$')], Action::Last, "tui.do.last_column", false),
    row(Context::Table, ESC, Action::Back, "tui.do.to_question", true),
    row(Context::Table, &[char('v')], Action::MarkRight, "tui.do.mark_right", true),
    row(Context::Table, &[char('x')], Action::MarkWrong, "tui.do.mark_wrong", true),
    row(Context::Table, &[char('m')], Action::Comment, "tui.do.comment", false),
    row(Context::Table, &[char('f')], Action::Repair, "tui.do.repair", false),
    row(Context::Connection, &[char('c')], Action::Reconnect, "tui.do.reconnect", true),
    row(Context::Connection, &[char('d')], Action::Demo, "tui.do.demo", true),
    row(Context::Connection, &[char('n')], Action::NewConnection, "tui.do.new_connection", true),
    row(Context::Connection, &[char('s')], Action::SwitchCopy, "tui.do.switch_copy", true),
    row(Context::Connection, &[char('t')], Action::SyncCopy, "tui.do.sync_copy", false),
    row(Context::Connection, &[char('v')], Action::RefreshValues, "tui.do.refresh_values", false),
    row(
        Context::Connection,
        &[char('1'), char('2'), char('3'), char('4'), char('5'), char('6'), char('7'), char('8'), char('9')],
        Action::Pick,
        "tui.do.pick_profile",
        true,
    ),
    row(Context::Connection, UP, Action::Up, "tui.do.scroll_up", false),
    row(Context::Connection, DOWN, Action::Down, "tui.do.scroll_down", false),
    row(Context::Connection, PAGE_UP, Action::PageUp, "tui.do.page_up", false),
    row(Context::Connection, PAGE_DOWN, Action::PageDown, "tui.do.page_down", false),
    row(Context::Connection, ESC, Action::Back, "tui.do.close_help", true),
    row(Context::Password, ENTER, Action::Send, "tui.do.use_password", true),
    row(Context::Password, ESC, Action::Back, "tui.do.no_password", true),
    row(Context::Form, ENTER, Action::Send, "tui.do.next_field", true),
    row(Context::Form, &[key(KeyCode::F(5))], Action::Try, "tui.do.try", true),
    row(Context::Form, &[key(KeyCode::Down), key(KeyCode::Tab)], Action::Next, "tui.do.down", false),
    row(Context::Form, &[key(KeyCode::Up), key(KeyCode::BackTab)], Action::Previous, "tui.do.up", false),
    row(Context::Form, &[key(KeyCode::Left)], Action::Left, "tui.do.other_value", false),
    row(Context::Form, &[key(KeyCode::Right)], Action::Right, "tui.do.other_value", true),
    row(Context::Form, ESC, Action::Back, "tui.do.leave_form", true),
    row(Context::Trial, ENTER, Action::Send, "tui.do.save", true),
    row(Context::Trial, &[key(KeyCode::F(5))], Action::Try, "tui.do.try", true),
    row(Context::Trial, &[ctrl('s')], Action::Save, "tui.do.save_anyway", false),
    row(Context::Trial, &[key(KeyCode::Up)], Action::Up, "tui.do.scroll_up", false),
    row(Context::Trial, &[key(KeyCode::Down)], Action::Down, "tui.do.scroll_down", false),
    row(Context::Trial, ESC, Action::Back, "tui.do.correct", true),
    row(Context::Sent, &[key(KeyCode::Esc), char('m')], Action::Back, "tui.do.close_help", true),
    row(Context::Sent, UP, Action::Up, "tui.do.scroll_up", false),
    row(Context::Sent, DOWN, Action::Down, "tui.do.scroll_down", true),
    row(Context::Sent, PAGE_UP, Action::PageUp, "tui.do.page_up", false),
    row(Context::Sent, PAGE_DOWN, Action::PageDown, "tui.do.page_down", true),
    row(Context::Consent, &[char('a')], Action::Agree, "tui.do.agree", true),
    row(Context::Consent, &[key(KeyCode::Esc), char('r')], Action::Back, "tui.do.disagree", true),
    row(Context::Consent, UP, Action::Up, "tui.do.scroll_up", false),
    row(Context::Consent, DOWN, Action::Down, "tui.do.scroll_down", true),
    row(Context::Consent, PAGE_UP, Action::PageUp, "tui.do.page_up", false),
    row(Context::Consent, PAGE_DOWN, Action::PageDown, "tui.do.page_down", false),
    row(Context::Reason, ENTER, Action::Send, "tui.do.keep_reason", true),
    row(Context::Reason, ESC, Action::Back, "tui.do.leave_reason", true),
    row(Context::Help, &[key(KeyCode::Esc), char('q')], Action::Back, "tui.do.close_help", true),
    row(Context::Help, UP, Action::Up, "tui.do.scroll_up", true),
    row(Context::Help, DOWN, Action::Down, "tui.do.scroll_down", true),
    row(Context::Help, PAGE_UP, Action::PageUp, "tui.do.page_up", false),
    row(Context::Help, PAGE_DOWN, Action::PageDown, "tui.do.page_down", false),
    row(Context::QuitDialog, &[char('s'), char('y')], Action::Quit, "tui.do.quit_now", true),
    row(
        Context::QuitDialog,
        &[key(KeyCode::Esc), char('n'), key(KeyCode::Enter)],
        Action::Back,
        "tui.do.stay",
        true,
    ),
    row(Context::NotTyping, &[char('?')], Action::Help, "tui.do.help", true),
    row(Context::NotTyping, &[char('q')], Action::Quit, "tui.do.quit", true),
    row(
        Context::Everywhere,
        &[key(KeyCode::Tab), key(KeyCode::BackTab)],
        Action::SwitchFocus,
        "tui.do.switch_focus",
        true,
    ),
    row(Context::Everywhere, &[key(KeyCode::F(1))], Action::Help, "tui.do.help", true),
    row(
        Context::Everywhere,
        &[key(KeyCode::F(2)), ctrl('l')],
        Action::SwitchLanguage,
        "tui.do.language",
        true,
    ),
    row(Context::Everywhere, &[key(KeyCode::F(4))], Action::Connection, "tui.do.connection", true),
    row(Context::Everywhere, &[key(KeyCode::F(3))], Action::SwitchTheme, "tui.do.theme", true),
    row(Context::Everywhere, &[ctrl('z')], Action::Suspend, "tui.do.suspend", false),
    row(Context::Everywhere, &[ctrl('c')], Action::Interrupt, "tui.do.interrupt", false),
    row(Context::Everywhere, &[ctrl('q')], Action::Quit, "tui.do.quit", true),
];

/// The rows of one context.
pub(crate) fn rows(context: Context) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |binding| binding.context == context)
}

/// What `event` does where `contexts` hold, the innermost first.
pub(crate) fn lookup(contexts: &[Context], event: &KeyEvent) -> Option<Action> {
    contexts.iter().find_map(|context| {
        rows(*context).find(|binding| binding.keys.iter().any(|key| key.matches(event))).map(|b| b.action)
    })
}

/// The title of a context in the help, as a catalogue key.
pub(crate) fn title(context: Context) -> &'static str {
    match context {
        Context::Question => "tui.context.question",
        Context::Offers => "tui.context.offers",
        Context::Choices => "tui.context.choices",
        Context::Plan => "tui.context.plan",
        Context::OldPlan => "tui.context.old_plan",
        Context::Editor => "tui.context.editor",
        Context::Table => "tui.context.table",
        Context::Find => "tui.context.find",
        Context::Record => "tui.context.record",
        Context::Reading => "tui.context.reading",
        Context::Connection => "tui.context.connection",
        Context::Password => "tui.context.password",
        Context::Form => "tui.context.form",
        Context::Trial => "tui.context.trial",
        Context::Help => "tui.context.help",
        Context::QuitDialog => "tui.context.quit",
        Context::Asking => "tui.context.asking",
        Context::Sent => "tui.context.sent",
        Context::Consent => "tui.context.consent",
        Context::Reason => "tui.context.reason",
        Context::Running => "tui.context.running",
        Context::NotTyping => "tui.context.not_typing",
        Context::Everywhere => "tui.context.everywhere",
    }
}

/// The contexts in the order of the help.
pub(crate) const HELP_ORDER: &[Context] = &[
    Context::Everywhere,
    Context::NotTyping,
    Context::Question,
    Context::Offers,
    Context::Choices,
    Context::Plan,
    Context::Editor,
    Context::Asking,
    Context::Running,
    Context::Table,
    Context::Find,
    Context::Record,
    Context::Reading,
    Context::Connection,
    Context::Form,
    Context::Trial,
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::i18n::{Lang, find};

    #[test]
    fn no_key_means_two_things_in_one_context() {
        let mut seen = HashSet::new();
        for binding in BINDINGS {
            for key in binding.keys {
                assert!(seen.insert((binding.context, *key)), "{:?} {key:?}", binding.context);
            }
        }
    }

    #[test]
    fn every_row_and_context_is_described_in_both_languages() {
        for lang in Lang::ALL {
            for binding in BINDINGS {
                assert!(find(lang, binding.describe).is_some(), "{lang}: {}", binding.describe);
                assert!(find(lang, title(binding.context)).is_some(), "{lang}: {:?}", binding.context);
                for key in binding.keys {
                    assert!(!key.name(lang).is_empty(), "{key:?} has no name");
                }
            }
        }
    }

    #[test]
    fn typed_characters_do_nothing_else_where_text_is_typed() {
        for context in [
            Context::Question,
            Context::Offers,
            Context::Editor,
            Context::Find,
            Context::Asking,
            Context::Running,
            Context::Password,
            Context::Reason,
            Context::Form,
            Context::Everywhere,
        ] {
            for c in ('!'..='~').chain(['ñ', 'á', ' ']) {
                let event = KeyEvent::from(KeyCode::Char(c));
                assert_eq!(lookup(&[context], &event), None, "{context:?} {c}");
            }
        }
    }

    #[test]
    fn only_the_plan_can_approve() {
        for binding in BINDINGS.iter().filter(|b| b.action == Action::Approve) {
            assert_eq!(binding.context, Context::Plan);
        }
    }
}
