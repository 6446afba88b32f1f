"""What tests say about themselves: a comment directly above a test names the requirements of RFC 9293 that it proves.

    // Proves MUST-12, SHLD-3.
    TEST_F(Closing, ...)

In Python the same with #. Words may stand before and after in the same comment; the sentence itself names nothing else.
"""

import dataclasses
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
ID = r"(?:MUST|SHLD|REC|MAY|BODY)-\d+"
_TEST = re.compile(r"^(?:TEST(?:_F|_P)?|TYPED_TEST(?:_P)?)\(\s*(\w+)\s*,\s*(\w+)\s*\)")
_TEST_OPENING = re.compile(r"^(?:TEST(?:_F|_P)?|TYPED_TEST(?:_P)?)\(")
_PYTHON_TEST = re.compile(r"^def (test_\w+)\(")
_SENTENCE = re.compile(rf"\bProves ((?:{ID})(?:,\s+{ID})*)\.(?=\s|$)")


@dataclasses.dataclass(frozen=True)
class Test:
    path: str       # from the root
    line: int
    suite: str      # "" in Python
    name: str
    proves: tuple

    @property
    def title(self):
        return f"{self.suite}.{self.name}" if self.suite else f"{pathlib.Path(self.path).stem}.{self.name}"

    @property
    def is_python(self):
        return self.path.endswith(".py")


def read(path, text):
    """(tests, breaks) of one file; a break is (line, what is wrong)."""
    tests, breaks, block = [], [], []
    python = path.endswith(".py")
    mark = "#" if python else "//"
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if line.startswith(mark):
            block.append(line[len(mark):].strip())
            continue
        found = _PYTHON_TEST.match(line) if python else None
        if not python and _TEST_OPENING.match(line):
            found = _TEST.match(" ".join([line, *lines[number:number + 2]]))
            if not found:
                breaks.append((number, "a test whose name cannot be read"))
        comment = " ".join(block)
        proves = tuple(re.findall(ID, " ".join(_SENTENCE.findall(comment))))
        if re.search(rf"\bProves {ID}", comment):
            if not proves or len(re.findall(rf"\bProves {ID}", comment)) != len(_SENTENCE.findall(comment)):
                breaks.append((number, "unreadable: write \"Proves MUST-1, SHLD-2.\", ended by a full stop"))
            elif not found:
                breaks.append((number, "a \"Proves\" that does not stand directly above a test"))
        if found:
            suite, name = ("", found.group(1)) if python else found.groups()
            tests.append(Test(path, number, suite, name, proves))
        block = []
    return tests, breaks


def files(root=ROOT):
    for path in sorted((root / "tests").rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix == ".cc" or re.fullmatch(r"tests/interop/test_\w+\.py", name):
            yield name


def read_all(root=ROOT):
    tests, breaks = [], []
    for name in files(root):
        found, broken = read(name, (root / name).read_text())
        tests += found
        breaks += [f"{name}:{line}: {what}" for line, what in broken]
    return tests, breaks
