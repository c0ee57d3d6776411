"""The prose reads in one go: no pattern of the list below, in any text of the repository.

The rule behind the list: name the component that acts, use its published noun, put one fact in a
sentence, condition first, reason last.
"""

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.support.checks.prose import ROOT, Piece, of_file, of_markdown, of_python

BANNED = {
    r"\b(?:to|of|by|for|with|from|at) who\b": 'Name the noun: "clients that", not "to who".',
    r"\b(?:those|him|them|everybody|anybody|nobody) who\b": 'Name the noun: "users who".',
    r"(?:^|[.:;]\s)Who\b(?![^.?]*\?)": "Start the sentence with the noun that acts.",
    r"\bwho(?:so)?ever\b": 'Name the noun: "the client that", "the presenter".',
    r"(?:^|[.:;]\s)What is\b(?![^.?]*\?)": "Start the sentence with the noun.",
    r"\banew\b": 'Write "again".',
    r"\bmeanwhile\b": 'Say during what, or write "while".',
    r"\bas it comes\b": 'Write "by default" or "unchanged".',
    r"\b(?:is|are|was|were|be|been) told\b": "Say which component sends what: the client receives.",
    r"\b(?:is|are) asked (?:for|whether|what|about)\b": "Say which component queries what.",
    r"\blives? out\b": 'Write "stays valid until its exp".',
    r"\bborne?\b": 'Write "allowed" or "accepted".',
    r",\s+since\b|\bsince when\b|(?:^|[.:;]\s)Since\b": 'Write "because"; "since" is for dates.',
    r",\s+for (?:it|they|he|she|there|such|those|nobody|what)\b": 'Write "because".',
    r"(?-i:\bmay\b)": 'Write "can"; "MAY" is for quotes of an RFC.',
    r"\bshall\b": 'Write "must" or "should".',
    r"\blanes?\b(?! of one hash)": 'Write "connection".',
    r"\bholders?\b": 'Write "owner" (of a session) or "presenter" (of a token).',
    r"\balarms?\b": 'Write "alert".',
    r"(?<!SELECT\s)\b(?:re)?seal(?:s|ed|ing|er)?\b": 'Write "encrypt" or "re-encrypt".',
    r"\bchores?\b": 'Write "periodic task".',
    r"\bthe toolkit\b": 'Write "SQLAlchemy".',
    r"\bpooler (?:between|stands)\b": 'Write "if PgBouncer is in use".',
    r"\bfarewells?\b": 'Write "close".',
    r"\bnaps?\b": 'Write "sleep" or "back-off".',
    r"\brun book\b": 'Write "runbook".',
    r"\bthat (?:is|are) meant\b": "Name the thing.",
    r"\bnot acceptable\b": 'Write "invalid" (RFC 6749).',
    r"\b(?:is|are|was|were|been) found out\b": 'Write "is detected".',
    r"\brules? \d": "Name the rule by its word: unrecognized … lostRotation.",
    r"\bhears? (?:of|from)\b|\bheard of\b": 'Write "receives" or "learns".',
    r"\bcomes? round\b|\bcame round\b": 'Write "turns" or "repeats".',
    r"\b(?:has|have) moods\b": 'Write "varies".',
    r"\ball day\b": 'Write "often", or give the number.',
    r"\bamid\b": 'Write "while" or "during".',
    r"\bmakes? no sense\b": 'Write "invalid".',
    r"\bwhat counts\b": 'Write "the effective settings".',
    r"\.\s+(?:That|Those|It|They)\b": "Repeat the noun at the start of the sentence.",
    r"\b(?:we|us|our|ours)\b": "Name the component: Remint, the server, the framework.",
    r"\bbeside\b": 'Write "next to", "in front of" or "compared with".',
    r"\b(?:go|goes|went|going) on\b": 'Write "continue".',
    r"\bunder way\b": 'Write "in progress".',
    r"\bnothing of (?:it|the kind)\b": "Name the thing that is absent.",
}
"""Pattern → the advice. A blank in a pattern stands for any white space."""

EXAMPLES = """
OpenMetrics to who asks for it. A nap for those who wait. Who runs workers sets it. Whoever calls.
What is over is purged. It is hashed anew. Remint recovers meanwhile. Served as it comes. The
client is told why. The port is asked whether it waits. A JWT lives out its minutes. Failures are
borne. It goes on, since nobody asks. It does no harm, for it repeats. A user may wait. The
default shall decide. The lane commits. The token's holder. An alarm is raised. A sealed key. A
chore failed. Where the toolkit costs most. Unless a pooler stands between. Without a farewell.
Naps are beaten. The run book. The server that is meant. The token is not acceptable. A thief is
found out. This is rule 11. Written by nobody but us. Libraries heard of it. The loop comes round.
Machines have moods. Asked all day. Amid hearing. A value that makes no sense. It says what
counts. There is nothing of it. The library lies beside the package. A commit is under way.
"""


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE | re.MULTILINE)


PATTERNS = {_compiled(pattern): advice for pattern, advice in BANNED.items()}


def tracked(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.splitlines() if (ROOT / name).is_file()]


def faults(pieces: Iterable[Piece]) -> Iterator[str]:
    for piece in pieces:
        for pattern, advice in PATTERNS.items():
            for found in pattern.finditer(piece.text):
                yield f"{piece.at(found.start())}: {' '.join(found[0].split())!r}. {advice}"


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.pattern)
def test_every_pattern_finds_what_it_bans(pattern: re.Pattern[str]) -> None:
    assert pattern.search(EXAMPLES)


@pytest.mark.parametrize(
    ("files", "pieces"),
    [(("*.md",), of_markdown), (("deploy", "Makefile"), of_file)],
    ids=["Markdown", "deploy"],
)
def test_nobody_has_to_read_a_sentence_twice(
    files: tuple[str, ...], pieces: Callable[[Path], Iterator[Piece]]
) -> None:
    texts = (piece for file in tracked(*files) for piece in pieces(file))
    assert list(faults(texts)) == []


@pytest.mark.parametrize(
    "package",
    [
        *("domain", "application", "infrastructure", "interfaces", "config"),
        *("benchmarks", "testing", "tests"),
    ],
)
def test_nobody_has_to_read_a_docstring_a_comment_or_a_message_twice(package: str) -> None:
    """The command's help, the settings' descriptions and the OpenAPI document are such strings."""
    files = set(tracked(f"{package}/*.py")) - {Path(__file__)}  # this file quotes what it bans
    texts = (piece for file in files for piece in of_python(file))
    assert list(faults(texts)) == []
