//! The welcome screen: where the server is, and signing in or up there.

use chatter_protocol::Username;

use super::form::{Field, FieldName, Form};

/// Signing in or signing up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WelcomeForm {
    /// With an account.
    SignIn,
    /// Without one.
    SignUp,
}

/// Both forms; what was typed into one stays while the other shows.
#[derive(Clone, Debug)]
pub struct Welcome {
    /// Which form shows.
    pub shown: WelcomeForm,
    /// Sign in.
    pub sign_in: Form,
    /// Sign up.
    pub sign_up: Form,
    /// Why one has to sign in again, if one was signed in.
    pub reason: Option<String>,
    /// The username was typed, not proposed.
    username_typed: bool,
}

impl Welcome {
    /// Both forms, for `server`, with `login` filled in.
    pub fn new(server: &str, login: &str) -> Self {
        let sign_in = Form::new(vec![
            Field::text(FieldName::Server, "Server", server),
            Field::text(FieldName::Login, "E-mail or username", login),
            Field::masked(FieldName::Password, "Password"),
            Field::switch(FieldName::Remember, "Stay signed in", true),
        ]);
        let sign_up = Form::new(vec![
            Field::text(FieldName::Server, "Server", server),
            Field::text(FieldName::Email, "E-mail (only you see it)", ""),
            Field::text(FieldName::Username, "Username", ""),
            Field::masked(FieldName::Password, "Password (8 characters or more)"),
            Field::masked(FieldName::Repeat, "Password again"),
            Field::switch(FieldName::Remember, "Stay signed in", true),
        ]);
        let shown = WelcomeForm::SignIn;
        Self { shown, sign_in, sign_up, reason: None, username_typed: false }
    }

    /// The form that shows.
    pub fn form(&self) -> &Form {
        match self.shown {
            WelcomeForm::SignIn => &self.sign_in,
            WelcomeForm::SignUp => &self.sign_up,
        }
    }

    /// The form that shows, to fill it in.
    pub fn form_mut(&mut self) -> &mut Form {
        match self.shown {
            WelcomeForm::SignIn => &mut self.sign_in,
            WelcomeForm::SignUp => &mut self.sign_up,
        }
    }

    /// Shows the other form, with the same server. Not while a request is under way.
    pub fn switch(&mut self) {
        if self.form().busy {
            return;
        }
        let server = self.form().value(FieldName::Server).to_owned();
        self.shown = match self.shown {
            WelcomeForm::SignIn => WelcomeForm::SignUp,
            WelcomeForm::SignUp => WelcomeForm::SignIn,
        };
        self.form_mut().set_value(FieldName::Server, server);
    }

    /// Keeps the proposed username in step with the e-mail until it is typed by hand. To be called
    /// after each change.
    pub fn propose_username(&mut self) {
        if self.shown != WelcomeForm::SignUp {
            return;
        }
        let form = &mut self.sign_up;
        match form.focused().map(|field| field.name) {
            Some(FieldName::Username) => {
                self.username_typed = !form.value(FieldName::Username).is_empty();
            }
            Some(FieldName::Email) if !self.username_typed => {
                let proposed = Username::propose(form.value(FieldName::Email));
                form.set_value(FieldName::Username, proposed.map(String::from).unwrap_or_default());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_text(welcome: &mut Welcome, text: &str) {
        for character in text.chars() {
            welcome.form_mut().type_character(character);
            welcome.propose_username();
        }
    }

    #[test]
    fn a_username_is_proposed_until_one_is_typed() {
        let mut welcome = Welcome::new("http://127.0.0.1:3040", "");
        welcome.switch();
        type_text(&mut welcome, "Ada@example.org");
        assert_eq!(welcome.form().value(FieldName::Username), "ada");
        welcome.form_mut().move_focus(1);
        type_text(&mut welcome, "1");
        welcome.form_mut().move_focus(-1);
        type_text(&mut welcome, "x");
        assert_eq!(welcome.form().value(FieldName::Username), "ada1");
    }

    #[test]
    fn switching_forms_keeps_what_was_typed_and_the_server() {
        let mut welcome = Welcome::new("", "");
        type_text(&mut welcome, "http://[::1]:9");
        welcome.form_mut().move_focus(1);
        type_text(&mut welcome, "ada");
        welcome.switch();
        assert_eq!(welcome.form().value(FieldName::Server), "http://[::1]:9");
        welcome.switch();
        assert_eq!(welcome.form().value(FieldName::Login), "ada");
    }
}
