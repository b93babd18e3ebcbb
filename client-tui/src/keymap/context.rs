//! Where keys have their meaning.

/// Where a key has its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Context {
    /// The list of chats.
    List,
    /// An open chat, with the message line.
    Chat,
    /// A completion is proposed for what is being written.
    Completion,
    /// The message line while its keys are commands (Vim).
    Normal,
    /// A message is chosen.
    Messages,
    /// A list to choose from, with or without a filter: people, settings, sessions.
    Picker,
    /// Somebody's profile.
    Card,
    /// The list of settings.
    Settings,
    /// The list of sessions.
    Sessions,
    /// Fields to fill in.
    Form,
    /// The welcome screen.
    Welcome,
    /// A question.
    Question,
    /// The help screen.
    Help,
    /// A picture on the whole screen.
    Viewer,
    /// Any text being edited.
    Editing,
    /// Everywhere.
    Everywhere,
}

impl Context {
    /// All of them, in the order of the help screen.
    pub const ALL: [Self; 16] = [
        Self::Chat,
        Self::Completion,
        Self::Normal,
        Self::Messages,
        Self::Viewer,
        Self::List,
        Self::Everywhere,
        Self::Editing,
        Self::Picker,
        Self::Card,
        Self::Settings,
        Self::Sessions,
        Self::Form,
        Self::Welcome,
        Self::Question,
        Self::Help,
    ];

    /// The context that settings call `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|context| context.name() == name)
    }

    /// As settings name it: the table below `keys`.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Chat => "chat",
            Self::Completion => "completion",
            Self::Normal => "normal",
            Self::Messages => "messages",
            Self::Picker => "picker",
            Self::Card => "card",
            Self::Settings => "settings",
            Self::Sessions => "sessions",
            Self::Form => "form",
            Self::Welcome => "welcome",
            Self::Question => "question",
            Self::Help => "help",
            Self::Viewer => "viewer",
            Self::Editing => "editing",
            Self::Everywhere => "everywhere",
        }
    }

    /// Its heading in the help screen.
    pub fn heading(self) -> &'static str {
        match self {
            Self::List => "In the list of chats",
            Self::Chat => "In a chat",
            Self::Completion => "When a completion is proposed",
            Self::Normal => "Commands while writing",
            Self::Messages => "With a message chosen",
            Self::Picker => "Choosing a row",
            Self::Card => "In a profile",
            Self::Settings => "In the settings",
            Self::Sessions => "Sessions",
            Self::Form => "Filling in a form",
            Self::Welcome => "Welcome screen",
            Self::Question => "Asked a question",
            Self::Help => "In this help",
            Self::Viewer => "Looking at a picture",
            Self::Editing => "Writing",
            Self::Everywhere => "Everywhere",
        }
    }

    /// Whether a plain character can be text in it, so that binding one would take it from those
    /// who write.
    pub fn may_take_text(self) -> bool {
        !matches!(
            self,
            Self::List
                | Self::Normal
                | Self::Messages
                | Self::Card
                | Self::Settings
                | Self::Sessions
                | Self::Question
                | Self::Help
                | Self::Viewer
        )
    }
}

/// Whether a character that is bound to nothing is text where `contexts` are in force.
pub fn takes_text(contexts: &[Context]) -> bool {
    let commands = [Context::Normal, Context::Messages];
    contexts.contains(&Context::Editing) && !contexts.iter().any(|here| commands.contains(here))
}
