use super::*;

#[test]
fn emphasis_code_and_their_nesting() {
    for (body, row) in [
        ("**bold** text", "‹b bold› text"),
        ("*italic* and _italic_", "‹i italic› and ‹i italic›"),
        ("~~gone~~", "‹s gone›"),
        ("***both***", "‹bi both›"),
        ("**bold *and* italic**", "‹b bold ›‹bi and›‹b  italic›"),
        ("**_x_**!", "‹bi x›!"),
        ("(*so*), \"**there**\".", "(‹i so›), \"‹b there›\"."),
        ("这是**粗体**文字", "这是‹b 粗体›文字"),
        ("**a\nb**", "‹b a› ⏎ ‹b b›"),
        ("run `cargo test` now", "run ‹c cargo test› now"),
        ("``a ` b`` and `` `x` ``", "‹c a ` b› and ‹c `x`›"),
        ("`*not* <b> & @ada`", "‹c *not* <b> & @ada›"),
        ("**`code`**", "‹bc code›"),
        ("unclosed `code", "unclosed `code"),
        ("**unclosed", "**unclosed"),
        (r"`C:\` and `D:\`", r"‹c C:\› and ‹c D:\›"),
    ] {
        assert_eq!(shown_line(body), row, "{body}");
    }
}

#[test]
fn addresses_in_running_text() {
    for (body, row) in [
        ("https://example.org", "‹l https://example.org›"),
        ("see https://example.org.", "see ‹l https://example.org›."),
        ("(https://example.org/a_(b))", "(‹l https://example.org/a_(b)›)"),
        ("https://example.org/a,b;c?d=*e*&f=[g]!", "‹l https://example.org/a,b;c?d=*e*&f=[g]›!"),
        ("https://example.org/__x__/_y_", "‹l https://example.org/__x__/_y›_"),
        ("**https://example.org/x**", "‹bl https://example.org/x›"),
        ("<https://example.org/?a&b>", "‹l https://example.org/?a&b›"),
        ("<ada@example.org>", "‹l ada@example.org→mailto:ada@example.org›"),
        ("\"http://localhost:8080/x\"", "\"‹l http://localhost:8080/x›\""),
        ("见https://example.org。好", "见https://example.org。好"),
        ("看 https://example.org。好", "看 ‹l https://example.org›。好"),
        ("`https://example.org`", "‹c https://example.org›"),
        ("xhttp://example.org http:// https://?", "xhttp://example.org http:// https://?"),
        ("ftp://example.org <ftp://example.org>", "ftp://example.org <ftp://example.org>"),
        (
            "https://bank.example@evil.example/",
            "‹l https://bank.example@evil.example/›‹d  (evil.example)›",
        ),
    ] {
        assert_eq!(shown_line(body), row, "{body}");
    }
}

#[test]
fn links_show_where_they_lead() {
    for (body, row) in [
        ("[docs](https://real.example/a)", "‹l docs→https://real.example/a›‹d  (real.example)›"),
        ("[real.example](https://real.example/a)", "‹l real.example→https://real.example/a›"),
        (
            "[bank.example](https://evil.example/a)",
            "‹l bank.example→https://evil.example/a›‹d  (https://evil.example/a)›",
        ),
        (
            "[bank**.example**](https://evil.example)",
            "‹l bank**.example**→https://evil.example›‹d  (https://evil.example)›",
        ),
        (
            "[https://bank.example](https://evil.example)",
            "‹l https://bank.example→https://evil.example›‹d  (https://evil.example)›",
        ),
        (
            "[**`a`** _b_](https://x.example)",
            "‹bc a→https://x.example›‹l  →https://x.example›‹il b→https://x.example›‹d  (x.example)›",
        ),
        (
            "https://x.example/日本",
            "‹l https://x.example/日本→https://x.example/%E6%97%A5%E6%9C%AC›",
        ),
        ("![a cat](https://x.example/c.png)", "‹l a cat→https://x.example/c.png›‹d  (x.example)›"),
        ("[a](https://é.example)", "‹l a→https://xn--9ca.example/›‹d  (xn--9ca.example)›"),
        ("[](https://x.example)", "‹l https://x.example›"),
        ("[mail](mailto:ada@x.example)", "‹l mail→mailto:ada@x.example›‹d  (ada@x.example)›"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](/etc/passwd) [y]() [z] [a][b]", "[x](/etc/passwd) [y]() [z] [a][b]"),
        ("[x](https://x.example \"title\")", "[x](‹l https://x.example› \"title\")"),
        ("[x]: https://x.example", "[x]: ‹l https://x.example›"),
        ("[a_b](<https://x.example/_c_>)", "‹l a_b→https://x.example/_c_›‹d  (x.example)›"),
        ("**[x](https://x.example)**", "‹bl x→https://x.example›‹d  (x.example)›"),
    ] {
        assert_eq!(shown_line(body), row, "{body}");
    }
}

#[test]
fn mentions_are_names_on_their_own() {
    for (body, row) in [
        ("@ada hi", "‹@ @ada› hi"),
        ("hi @ada.", "hi ‹@ @ada›."),
        ("(@ada_l.b-c, @bob)", "(‹@ @ada_l.b-c›, ‹@ @bob›)"),
        ("**@ada**", "‹b@ @ada›"),
        ("ada@example.org @a @", "ada@example.org @a @"),
        (
            "npm i @types/node @Override @app.route('/')",
            "npm i @types/node @Override @app.route('/')",
        ),
        ("git@host:x a/@b foo.@bar", "git@host:x a/@b foo.@bar"),
        ("`@ada`", "‹c @ada›"),
        ("@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "‹@ @xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx›"),
        ("@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "@xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    ] {
        assert_eq!(shown_line(body), row, "{body}");
    }
}

#[test]
fn addresses_of_a_message_in_order() {
    let body = "https://a.example then [**b** c](https://b.example)\n- <d@x.example>\n\
                `https://no.example`\n```\nhttps://no.example\n```\n> https://e.example";
    let expected =
        ["https://a.example", "https://b.example", "mailto:d@x.example", "https://e.example"];
    assert_eq!(links(body), expected);
    assert_eq!(links("https://a.example https://a.example").len(), 2);
}

#[test]
fn one_line_for_previews() {
    for (body, chars_max, line) in [
        ("**hi** there", 80, "hi there"),
        ("a\n\n  b\tc\n- d\n2. e\n---\n# f", 80, "a b c • d 2. e ─ f"),
        ("> q\nanswer", 80, "q answer"),
        ("look:\n```rust\nfn a() {\n}\n```", 80, "look: fn a() { }"),
        ("[x](https://a.example)", 80, "x (a.example)"),
        ("hello world", 7, "hello…"),
        ("hello", 5, "hello"),
        ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 8, "👨‍👩‍👧‍👦…"),
        ("hello", 1, "…"),
        ("hello", 0, ""),
    ] {
        assert_eq!(plain_line(body, chars_max), line, "{body}");
    }
}
