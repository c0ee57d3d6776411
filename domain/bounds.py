"""Owns how long the texts of a user can be, and how long and how many a user's sessions."""

from datetime import timedelta

LONGEST_USERNAME = 254
"""Characters; as long as the longest e-mail address (RFC 5321 section 4.5.3.1)."""
LONGEST_SUBJECT = 255
"""Characters (OpenID Connect Core 1.0 section 2)."""
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1024
"""Characters; far above the 64 that must be accepted, far below a length that would cost time."""
LONGEST_ROLE = 128
"""Characters."""
MOST_BYTES_OF_ROLES = 3072
"""Bytes of all roles of a user, as JSON: half of what fits into a JWT that Remint accepts."""
MOST_BYTES_OF_CLAIMS = 4096
"""Bytes of the custom claims of a user, and of those of a session, as JSON."""
LONGEST_SESSION = timedelta(days=3650)
"""The longest absolute lifetime and idle timeout."""
MOST_SESSIONS = 100_000
"""The highest limit of a user's live sessions with one client."""
