"""The code in Remint's documents, taken out as readers would copy it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def snippet(document: str, language: str, title: str = "") -> str:
    """The only block of that language whose fence carries that title, or none."""
    [found] = snippets(document, language, title)
    return found


def snippets(document: str, language: str, title: str = "") -> list[str]:
    """All blocks of that language whose fence carries that title, or none, from the top."""
    text = (ROOT / document).read_text(encoding="utf-8")
    fence = rf"(?ms)^```{language}{' ' + re.escape(title) if title else ''}\n(.*?)^```$"
    return [str(found) for found in re.findall(fence, text)]


def write_snippet(folder: Path, document: str, language: str, title: str) -> Path:
    """The block with that title, as the file that the title names."""
    file = folder / title
    file.write_text(snippet(document, language, title))
    return file
