//! Code to tokens, by the scopes that a syntax gives to it.

use std::time::{Duration, Instant};

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use super::Tokens;
use crate::markdown::piece::Token;

/// Longer lines are data, and slow to look at.
const LINE_BYTES_MAX: usize = 2_000;

/// How long one block may take, ten times as long without optimisation; what is left then stays plain.
const TIME_MAX: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 2 });

/// What scopes mean, the first that fits. `None`: what is around it counts.
const MEANINGS: [(&str, Option<Token>); 33] = [
    ("comment", Some(Token::Comment)),
    ("punctuation.definition.comment", None),
    ("punctuation.definition.string", None),
    ("punctuation.definition.inserted", None),
    ("punctuation.definition.deleted", None),
    ("string", Some(Token::String)),
    ("meta.interpolation", Some(Token::Plain)),
    ("constant.numeric", Some(Token::Number)),
    ("storage.type.numeric", Some(Token::Number)),
    ("constant", Some(Token::Constant)),
    ("keyword.operator.word", Some(Token::Keyword)),
    ("keyword.operator.logical.python", Some(Token::Keyword)),
    ("keyword.operator", Some(Token::Operator)),
    ("keyword", Some(Token::Keyword)),
    ("storage", Some(Token::Keyword)),
    ("variable.language", Some(Token::Keyword)),
    ("entity.name.tag", Some(Token::Keyword)),
    ("entity.name.function", Some(Token::Function)),
    ("entity.name.macro", Some(Token::Function)),
    ("support.function", Some(Token::Function)),
    ("support.macro", Some(Token::Function)),
    ("variable.function", Some(Token::Function)),
    ("entity.name.section", Some(Token::Function)),
    ("entity.other.attribute-name", Some(Token::Variable)),
    ("variable.parameter", Some(Token::Variable)),
    ("entity", Some(Token::Type)),
    ("support.type", Some(Token::Type)),
    ("support.class", Some(Token::Type)),
    ("markup.inserted", Some(Token::Inserted)),
    ("markup.deleted", Some(Token::Deleted)),
    ("meta.diff.header", Some(Token::Comment)),
    ("punctuation", Some(Token::Punctuation)),
    ("source", Some(Token::Plain)),
];

/// The syntaxes, loaded when they are needed: some 10 ms and 9 MB.
pub(super) struct Highlighter {
    syntaxes: SyntaxSet,
    /// The one that is in use.
    syntax: &'static str,
    meanings: Vec<(Scope, Option<Token>)>,
}

impl Highlighter {
    pub(super) fn new() -> Self {
        let meanings = MEANINGS.iter();
        let meanings =
            meanings.filter_map(|(scope, token)| Some((Scope::new(scope).ok()?, *token)));
        Self { syntaxes: SyntaxSet::default(), syntax: "", meanings: meanings.collect() }
    }

    /// Loads all syntaxes afresh for another one: what one compiles on the way, up to some 30 MB,
    /// is given back only with all of them.
    fn change_to(&mut self, syntax: &'static str) {
        if self.syntax != syntax {
            self.syntaxes = SyntaxSet::default();
            self.syntaxes = two_face::syntax::extra_newlines();
            self.syntax = syntax;
        }
    }

    /// What `code` is, as far as that can be found out in time.
    pub(super) fn tokens(&mut self, syntax: &'static str, code: &str) -> Tokens {
        self.change_to(syntax);
        let Some(syntax) = self.syntaxes.find_syntax_by_token(syntax) else {
            return Tokens::default();
        };
        let deadline = Instant::now() + TIME_MAX;
        let mut state = ParseState::new(syntax);
        let mut scopes = ScopeStack::new();
        let lines = code.split('\n').map_while(|line| {
            if line.len() > LINE_BYTES_MAX {
                return Some(Vec::new());
            }
            let is_late = Instant::now() > deadline;
            (!is_late).then(|| self.line(line, &mut state, &mut scopes))?
        });
        lines.collect()
    }

    fn line(
        &self,
        line: &str,
        state: &mut ParseState,
        scopes: &mut ScopeStack,
    ) -> Option<Vec<(usize, Token)>> {
        let mut tokens: Vec<(usize, Token)> = Vec::new();
        let mut add = |end: usize, token: Token| match tokens.last_mut() {
            Some(last) if last.0 >= end => {}
            Some(last) if last.1 == token => last.0 = end,
            _ if end == 0 => {}
            _ => tokens.push((end, token)),
        };
        for (at, change) in state.parse_line(&format!("{line}\n"), &self.syntaxes).ok()? {
            add(at.min(line.len()), self.meaning(scopes));
            scopes.apply(&change).ok()?;
        }
        add(line.len(), self.meaning(scopes));
        Some(tokens)
    }

    /// What the innermost scope with a meaning says.
    fn meaning(&self, scopes: &ScopeStack) -> Token {
        let mut inside_out = scopes.as_slice().iter().rev();
        let meaning = inside_out.find_map(|scope| {
            let fits = |(prefix, _): &&(Scope, Option<Token>)| prefix.is_prefix_of(*scope);
            self.meanings.iter().find(fits).and_then(|(_, token)| *token)
        });
        meaning.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(syntax: &'static str, code: &str) -> String {
        let tokens = Highlighter::new().tokens(syntax, code);
        let mut shown = String::new();
        for (line, tokens) in code.split('\n').zip(tokens.iter()) {
            let mut from = 0;
            for (end, token) in tokens {
                let text = line[from..*end].trim();
                if *token != Token::Plain && !text.is_empty() {
                    shown += &format!("{token:?}({text}) ");
                }
                from = *end;
            }
        }
        shown.trim_end().to_owned()
    }

    #[test]
    fn code_is_told_apart_by_what_it_is() {
        for (syntax, code, tokens) in [
            (
                "rust",
                "fn main() { // go\n let x: Vec = \"a\\n\" + 1; }",
                "Keyword(fn) Function(main) Punctuation(()) Punctuation({) Comment(// go) \
                 Keyword(let) Punctuation(:) Type(Vec) Operator(=) String(\"a) Constant(\\n) \
                 String(\") Operator(+) Number(1) Punctuation(;) Punctuation(})",
            ),
            (
                "py",
                "def f(a):\n    return not None # done",
                "Keyword(def) Function(f) Punctuation(() Variable(a) Punctuation():) \
                 Keyword(return) Keyword(not) Constant(None) Comment(# done)",
            ),
            (
                "diff",
                "@@ -1 +1 @@\n-old\n+new\n same",
                "Punctuation(@@) Punctuation(@@) Deleted(-old) Inserted(+new)",
            ),
            (
                "sh",
                "echo \"$HOME\" | grep 'x'",
                "Function(echo) String(\") Punctuation($) String(HOME\") Operator(|) \
                 Function(grep) String('x')",
            ),
            (
                "json",
                "{\"a\": [1, true]}",
                "Punctuation({) String(\"a\") Punctuation(:) Punctuation([) Number(1) \
                 Punctuation(,) Constant(true) Punctuation(]})",
            ),
            (
                "yaml",
                "key: 'text' # why",
                "Keyword(key) Punctuation(:) String('text') Comment(# why)",
            ),
        ] {
            assert_eq!(shown(syntax, code), tokens);
        }
    }

    #[test]
    fn one_language_follows_another() {
        let mut highlighter = Highlighter::new();
        for syntax in ["json", "toml", "json"] {
            assert_eq!(highlighter.tokens(syntax, "1")[0].len(), 1, "{syntax}");
        }
    }

    #[test]
    fn lines_that_are_data_stay_plain() {
        let code = format!("let a = 1;\n\"{}\"\nlet b = 2;", "x".repeat(LINE_BYTES_MAX));
        let tokens = Highlighter::new().tokens("rust", &code);
        assert!(!tokens[0].is_empty() && tokens[1].is_empty() && !tokens[2].is_empty());
    }
}
