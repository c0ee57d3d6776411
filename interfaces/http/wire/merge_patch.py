"""Owns JSON Merge Patch (RFC 7396), on the text of documents, so that numbers stay as given."""

import msgspec

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_NULL = b"null"


def merged(target: bytes, patch: bytes) -> bytes:
    """The target with the patch applied (RFC 7396 section 2); both are JSON texts."""
    if not _is_object(patch):
        return patch
    members = _members(target) if _is_object(target) else {}
    for name, value in _members(patch).items():
        change = bytes(value)
        if change.strip() == _NULL:
            members.pop(name, None)
        else:
            members[name] = msgspec.Raw(merged(bytes(members.get(name, _NULL)), change))
    return msgspec.json.encode(members)


def _is_object(text: bytes) -> bool:
    return text.lstrip().startswith(b"{")
