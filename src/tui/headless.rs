//! The console without a terminal: for measuring, and for pictures in documents.

use std::time::Instant;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::app::{App, Focus, Pane, ResultPane};
use super::update::{Msg, update};
use super::{Capabilities, TuiOptions, view};
use crate::chart;
use crate::frame::Frame;
use crate::insight;
use crate::session::{Event, QuestionId, RunEnd};

/// A console whose screen is a buffer.
pub struct Headless {
    app: App,
    id: QuestionId,
}

impl Headless {
    /// A console of `width` × `height` cells that shows `frame` as a finished result,
    /// with the cursor on row `row` (from 0).
    pub fn with_result(
        options: TuiOptions,
        capabilities: Capabilities,
        (width, height): (u16, u16),
        frame: Frame,
        row: usize,
    ) -> Headless {
        let lang = options.lang;
        let now = Instant::now();
        let mut app = App::new(options, capabilities, Rect::new(0, 0, width, height), now);
        let id = app.new_id();
        app.result = Some(Box::new(ResultPane::new(id, super::app::AnsweredBy::Local, None)));
        app.pane = Pane::Result;
        app.focus = Focus::Main;
        let mut console = Headless { app, id };
        let (chart, insights) = (chart::of(&frame, None, lang), insight::of(&frame, lang));
        let elapsed = std::time::Duration::ZERO;
        console.tell(Event::RunEnded {
            id,
            end: RunEnd::Done,
            frame,
            chart,
            insights,
            elapsed,
            kept_since: None,
        });
        console.go_to(row);
        console
    }

    /// Puts the cursor on a row.
    pub fn go_to(&mut self, row: usize) {
        if let Some(result) = self.app.result.as_deref_mut().filter(|result| result.id == self.id) {
            result.row = row;
            result.clamp();
        }
        update(&mut self.app, Msg::Tick, Instant::now());
    }

    /// Draws one frame.
    pub fn draw(&self) -> Buffer {
        let mut buffer = Buffer::empty(self.app.size);
        view::render(&self.app, self.app.size, &mut buffer);
        buffer
    }

    fn tell(&mut self, event: Event) {
        update(&mut self.app, Msg::Session(Box::new(event)), Instant::now());
    }
}
