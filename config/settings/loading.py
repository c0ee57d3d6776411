"""Loads the settings: reads each, then checks that they agree with each other."""

from collections.abc import Mapping

from config.settings.contradictions import contradictions
from config.settings.reading import SettingsError, read_sections
from config.settings.sections import Settings, sections


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read the file that REMINT_CONFIG names, and the environment, which overrides the file.

    Raises:
        SettingsError: with a sentence for every fault.
    """
    settings = Settings(**read_sections(sections(), environment))
    problems = contradictions(settings)
    if problems:
        raise SettingsError(problems)
    return settings
