//! Whether a place in a text is code, where nothing is meant but what is written.

/// Whether `at` is in a block between fences, or between backticks in its line.
pub(super) fn is_code(text: &str, at: usize) -> bool {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |feed| feed + 1);
    let is_fence = |line: &&str| line.trim_start().starts_with("```");
    let is_fenced = before[..line_start].lines().filter(is_fence).count() % 2 == 1;
    is_fenced || before[line_start..].matches('`').count() % 2 == 1
}
