//! Fields to fill in, one of them focused, with refusals at the field that caused them.

use super::editor::{Edit, Editor, Motion};

/// Which value a field holds. Named as the server names it, so that its refusals find their field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldName {
    /// Address of the server.
    Server,
    /// E-mail address or username.
    Login,
    /// E-mail address.
    Email,
    /// Username.
    Username,
    /// The password that holds now, or the one to be.
    Password,
    /// The password that held so far.
    OldPassword,
    /// The password that shall hold.
    NewPassword,
    /// The same once more.
    Repeat,
    /// Whether to stay signed in.
    Remember,
    /// Display name.
    DisplayName,
    /// Status message.
    StatusMessage,
    /// Until when the status message holds.
    StatusEnd,
    /// The time zone that is shared.
    TimeZone,
    /// Path of a picture.
    Picture,
    /// A day to go to.
    Day,
}

impl FieldName {
    /// The field's name in requests and refusals.
    pub fn wire_name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Login => "login",
            Self::Email => "email",
            Self::Username => "username",
            Self::Password => "password",
            Self::OldPassword => "old_password",
            Self::NewPassword => "new_password",
            Self::Repeat => "repeat",
            Self::Remember => "remember",
            Self::DisplayName => "display_name",
            Self::StatusMessage => "status_message",
            Self::StatusEnd => "status_expires_at",
            Self::TimeZone => "time_zone",
            Self::Picture => "file",
            Self::Day => "day",
        }
    }
}

/// How a field is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// By typing.
    Text,
    /// By typing, unseen.
    Masked,
    /// By switching it on and off.
    Switch(bool),
    /// By taking one of its choices, or by typing.
    Choice {
        /// The one that was taken; none once something was typed.
        taken: Option<usize>,
    },
}

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// Which.
    pub name: FieldName,
    /// What it is called on screen.
    pub label: &'static str,
    /// How it is filled in.
    pub kind: FieldKind,
    /// Its text.
    pub editor: Editor,
    /// What can be taken instead of typing.
    pub choices: Vec<String>,
    /// What else can be typed, for people who don't know.
    pub hint: Option<&'static str>,
    /// Why its value was refused.
    pub problem: Option<String>,
}

impl Field {
    /// A field to type into.
    pub fn text(name: FieldName, label: &'static str, value: impl Into<String>) -> Self {
        let editor = Editor::new(value);
        let (kind, choices, hint, problem) = (FieldKind::Text, Vec::new(), None, None);
        Self { name, label, kind, editor, choices, hint, problem }
    }

    /// A field that shows a dot for each character.
    pub fn masked(name: FieldName, label: &'static str) -> Self {
        Self { kind: FieldKind::Masked, ..Self::text(name, label, "") }
    }

    /// A field that is on or off.
    pub fn switch(name: FieldName, label: &'static str, on: bool) -> Self {
        Self { kind: FieldKind::Switch(on), ..Self::text(name, label, "") }
    }

    /// A field with choices, of which the first is taken.
    pub fn choice(name: FieldName, label: &'static str, choices: Vec<String>) -> Self {
        let first = choices.first().cloned().unwrap_or_default();
        let kind = FieldKind::Choice { taken: Some(0) };
        Self { kind, choices, ..Self::text(name, label, first) }
    }

    /// The same with something to say about what can be typed.
    pub fn with_hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    /// The same with `value` taken, one choice more if it is none yet.
    pub fn with_value(mut self, value: &str) -> Self {
        let known = self.choices.iter().position(|choice| choice == value);
        let taken = known.unwrap_or(self.choices.len());
        if known.is_none() {
            self.choices.push(value.to_owned());
        }
        let kind = FieldKind::Choice { taken: Some(taken) };
        Self { kind, editor: Editor::new(value), ..self }
    }

    /// Takes the choice `by` further, around the ends.
    fn take_choice(&mut self, by: isize) {
        let count = self.choices.len() as isize;
        if let FieldKind::Choice { taken } = &mut self.kind
            && count > 0
        {
            let at = taken.map_or(0, |at| (at as isize + by).rem_euclid(count) as usize);
            *taken = Some(at);
            self.editor = Editor::new(self.choices[at].as_str());
        }
    }

    /// Makes room for what is typed: a choice that was taken goes as a whole.
    fn begin_typing(&mut self) {
        if let FieldKind::Choice { taken } = &mut self.kind
            && taken.take().is_some()
        {
            self.editor = Editor::default();
        }
    }
}

/// Fields, the focus, and whether a request with their values is under way.
#[derive(Clone, Debug)]
pub struct Form {
    /// In the order to show them.
    pub fields: Vec<Field>,
    /// Index of the focused field.
    pub focus: usize,
    /// Values are with the server; they can't be changed meanwhile.
    pub busy: bool,
    /// A refusal that belongs to no field.
    pub problem: Option<String>,
}

impl Form {
    /// A form that starts at its first empty field.
    pub fn new(fields: Vec<Field>) -> Self {
        let focus = fields.iter().position(needs_value).unwrap_or(0);
        Self { fields, focus, busy: false, problem: None }
    }

    /// The text of a field, empty if the form has no such field.
    pub fn value(&self, name: FieldName) -> &str {
        self.field(name).map_or("", |field| field.editor.text())
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: FieldName) -> bool {
        self.field(name).is_some_and(|field| field.kind == FieldKind::Switch(true))
    }

    /// Replaces the text of a field.
    pub fn set_value(&mut self, name: FieldName, text: impl Into<String>) {
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            field.editor = Editor::new(text);
        }
    }

    /// Sets a switch.
    pub fn set_switch(&mut self, name: FieldName, on: bool) {
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            field.kind = FieldKind::Switch(on);
        }
    }

    /// The focused field.
    pub fn focused(&self) -> Option<&Field> {
        self.fields.get(self.focus)
    }

    /// Moves the focus by `by` fields, around the ends.
    pub fn move_focus(&mut self, by: isize) {
        let count = self.fields.len() as isize;
        if count > 0 {
            self.focus = (self.focus as isize + by).rem_euclid(count) as usize;
        }
    }

    /// Types a character: into a text, or a space to flip a switch.
    pub fn type_character(&mut self, character: char) {
        match self.editable() {
            Some(Field { kind: FieldKind::Switch(on), .. }) if character == ' ' => *on = !*on,
            Some(Field { kind: FieldKind::Switch(_), .. }) | None => {}
            Some(field) => {
                field.begin_typing();
                field.editor.insert(character);
            }
        }
    }

    /// Flips the focused switch, or takes the next choice; a text is only there to be typed into.
    pub fn flip(&mut self) {
        match self.editable() {
            Some(Field { kind: FieldKind::Switch(on), .. }) => *on = !*on,
            Some(field) => field.take_choice(1),
            None => {}
        }
    }

    /// Inserts pasted text; its line breaks, as a copied password often ends with one, are left out.
    pub fn paste(&mut self, text: &str) {
        let line: String = text.chars().filter(|character| !character.is_control()).collect();
        if let Some(field) = self.editable()
            && !matches!(field.kind, FieldKind::Switch(_))
        {
            field.begin_typing();
            field.editor.insert_text(&line);
        }
    }

    /// Changes or moves in the focused text.
    pub fn edit(&mut self, edit: Edit) {
        match self.editable() {
            Some(Field { kind: FieldKind::Switch(on), .. }) => {
                if matches!(edit, Edit::Move(Motion::Left) | Edit::Move(Motion::Right)) {
                    *on = !*on;
                }
            }
            Some(field) if matches!(field.kind, FieldKind::Choice { taken: Some(_) }) => match edit
            {
                Edit::Move(Motion::Left) => field.take_choice(-1),
                Edit::Move(Motion::Right) => field.take_choice(1),
                Edit::Delete(_) | Edit::DeleteLine => field.begin_typing(),
                _ => {}
            },
            // A choice is taken again from a field in which nothing is typed.
            Some(field) if field.editor.is_empty() && !field.choices.is_empty() => {
                field.take_choice(0);
            }
            Some(field) => drop(field.editor.apply(edit, usize::MAX)),
            None => {}
        }
    }

    /// Moves to the next field that needs a value, after the focused one first. `false` if none
    /// does and the form can be sent.
    pub fn move_to_missing(&mut self) -> bool {
        let count = self.fields.len();
        let after = (1..count).map(|by| (self.focus + by) % count);
        let mut order = after.chain([self.focus]);
        match order.find(|index| self.fields.get(*index).is_some_and(needs_value)) {
            Some(index) => {
                self.focus = index;
                true
            }
            None => false,
        }
    }

    /// Shows `problem` at the field `name` and puts the focus there.
    pub fn refuse(&mut self, name: FieldName, problem: impl Into<String>) {
        self.refuse_named(name.wire_name(), problem.into());
    }

    /// As [`Form::refuse`] with the name that the server gave; without such a field it is about
    /// the whole form.
    pub fn refuse_named(&mut self, wire_name: &str, problem: String) {
        self.busy = false;
        let index = self.fields.iter().position(|field| field.name.wire_name() == wire_name);
        match index {
            Some(index) => {
                self.fields[index].problem = Some(problem);
                self.focus = index;
            }
            None => self.problem = Some(problem),
        }
    }

    /// Forgets what was refused.
    pub fn clear_problems(&mut self) {
        self.problem = None;
        self.fields.iter_mut().for_each(|field| field.problem = None);
    }

    fn field(&self, name: FieldName) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The focused field, if it may be changed; its refusal is about the old value and goes.
    fn editable(&mut self) -> Option<&mut Field> {
        if self.busy {
            return None;
        }
        let field = self.fields.get_mut(self.focus)?;
        field.problem = None;
        Some(field)
    }
}

fn needs_value(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Text | FieldKind::Masked)
        && field.name != FieldName::StatusMessage
        && field.editor.is_empty()
}
