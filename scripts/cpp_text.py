"""C++ source as the checking scripts see it: comments, strings and directives told apart from code."""

import re

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)"""
    r"""|(?P<raw>(?:u8|[uUL])?R"(?P<tag>[^()\\\s]*)\(.*?\)(?P=tag)")"""
    r"""|(?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")"""
    r"""|(?P<number>\d(?:[\w.]|'(?=\w)|(?<=[eEpP])[+-])*)"""
    r"""|(?P<char>(?:u8|[uUL])?'(?:\\.|[^'\\\n])+')"""
    r"""|(?P<word>[A-Za-z_]\w*)""",
    re.DOTALL | re.VERBOSE)


def _blank(text):
    return re.sub(r"[^\n]", " ", text)


def without_comments(text):
    """The same text with comments blanked out; every character stays at its place."""
    return _TOKEN.sub(lambda m: _blank(m.group()) if m.lastgroup == "comment" or m.group("comment") else m.group(), text)


def code_only(text):
    """The same text with comments, strings and characters blanked out; every character stays at its place."""
    def hide(match):
        kept = match.group("number") or match.group("word")
        return match.group() if kept else _blank(match.group())
    return _TOKEN.sub(hide, text)


def includes(text):
    """(line number, path, quoted?) of each include directive."""
    for number, line in enumerate(without_comments(text).splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', line)
        if match:
            yield number, match.group(1) or match.group(2), match.group(1) is not None


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1
