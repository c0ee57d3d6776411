"""Examines the registered clients against the settings, which can change after a registration."""

from collections.abc import Iterator

from config.doctor.finding import Finding, State
from config.settings.sections import Settings
from domain.clients import MOST_SECRETS, Client

ABOUT = "clients"


def examined_clients(clients: list[Client], settings: Settings) -> Iterator[Finding]:
    """One finding for the clients, or one for each fault; none without clients."""
    faults = [fault for client in clients for fault in _faults(client, settings)]
    if faults:
        yield from faults
    elif clients:
        changing = [client.id for client in clients if len(client.secret_digests) == MOST_SECRETS]
        says = f"{len(clients)} {'client' if len(clients) == 1 else 'clients'}."
        if changing:
            says += f" With two secrets: {', '.join(changing)}."
        yield Finding(ABOUT, State.FINE, says)


def _faults(client: Client, settings: Settings) -> Iterator[Finding]:
    if client.id == settings.tokens.client_id:
        yield Finding(
            ABOUT,
            State.WARNING,
            f"The client {client.id} has the id of the built-in client: public sessions of that id "
            "are the built-in client's.",
            "Set another tokens.client_id, or delete the client.",
        )
    idle = client.terms.idle
    if idle is not None and idle < 2 * settings.tokens.lifetime:
        yield Finding(
            ABOUT,
            State.WARNING,
            f"The idle timeout of the client {client.id} is shorter than twice tokens.lifetime: "
            "honest users are logged out.",
            f"Run: remint clients set {client.id} --idle DURATION",
        )
