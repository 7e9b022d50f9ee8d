//! SQL as a sequence of tokens. Nothing is parsed, so nothing nests, however deep a text goes.

use squawk_lexer::TokenKind;

/// The tokens of a text, white space and comments among them. None is taken before it is asked for.
pub fn tokens(sql: &str) -> impl Iterator<Item = (TokenKind, &str)> {
    let mut rest = sql;
    squawk_lexer::tokenize(sql).map(move |token| {
        let (text, after) = rest.split_at(token.len as usize);
        rest = after;
        (token.kind, text)
    })
}

/// True for what stands between the words.
pub fn is_trivia(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. })
}
