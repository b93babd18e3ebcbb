//! Languages by the names that people write behind a fence.

/// Names that the collection of syntaxes knows, as extensions or by themselves. Not those that have
/// any number of others within them, such as Markdown: one block could load them all.
const NAMES: [&str; 80] = [
    "awk",
    "bash",
    "bat",
    "c",
    "clj",
    "clojure",
    "cmake",
    "cpp",
    "cs",
    "css",
    "csv",
    "d",
    "dart",
    "diff",
    "dockerfile",
    "elixir",
    "elm",
    "env",
    "erl",
    "erlang",
    "ex",
    "exs",
    "fish",
    "fs",
    "go",
    "gql",
    "gradle",
    "graphql",
    "groovy",
    "h",
    "haskell",
    "hcl",
    "hpp",
    "hs",
    "html",
    "ini",
    "java",
    "jl",
    "js",
    "json",
    "julia",
    "kotlin",
    "kt",
    "latex",
    "less",
    "lisp",
    "lua",
    "make",
    "makefile",
    "ml",
    "nginx",
    "nim",
    "nix",
    "ocaml",
    "patch",
    "perl",
    "php",
    "pl",
    "proto",
    "puppet",
    "py",
    "r",
    "rb",
    "rs",
    "rust",
    "scala",
    "scss",
    "sh",
    "sql",
    "swift",
    "tex",
    "tf",
    "toml",
    "ts",
    "tsx",
    "vim",
    "xml",
    "yaml",
    "zig",
    "zsh",
];

/// Other names for them.
const ALIASES: [(&str, &str); 21] = [
    ("c#", "cs"),
    ("c++", "cpp"),
    ("cc", "cpp"),
    ("csharp", "cs"),
    ("docker", "dockerfile"),
    ("dotenv", "env"),
    ("f#", "fs"),
    ("golang", "go"),
    ("javascript", "js"),
    ("jsonc", "json"),
    ("jsx", "js"),
    ("mjs", "js"),
    ("objc", "m"),
    ("protobuf", "proto"),
    ("python", "py"),
    ("python3", "py"),
    ("ruby", "rb"),
    ("shell", "sh"),
    ("terraform", "tf"),
    ("typescript", "ts"),
    ("yml", "yaml"),
];

/// The syntax for what was written behind a fence: `rust`, `Rust`, `rust,ignore`, `c++`.
pub(super) fn syntax_of(language: &str) -> Option<&'static str> {
    let name = language.split([',', ':', '{']).next()?.to_ascii_lowercase();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, syntax)| *syntax);
    alias.or_else(|| NAMES.into_iter().find(|known| *known == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_language_has_a_syntax() {
        let syntaxes = two_face::syntax::extra_newlines();
        let listed = NAMES.into_iter().chain(ALIASES.into_iter().map(|(_, syntax)| syntax));
        let missing: Vec<&str> =
            listed.filter(|name| syntaxes.find_syntax_by_token(name).is_none()).collect();
        assert_eq!(missing, [""; 0]);
    }

    #[test]
    fn languages_go_by_several_names() {
        for (written, syntax) in [
            ("rust", Some("rust")),
            ("Rust", Some("rust")),
            ("rust,ignore", Some("rust")),
            ("c++", Some("cpp")),
            ("typescript", Some("ts")),
            ("text", None),
            ("", None),
        ] {
            assert_eq!(syntax_of(written), syntax, "{written}");
        }
    }
}
