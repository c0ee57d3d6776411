"""Owns arguments that begin with a hyphen, which click takes for options."""

import click


class AnyArgument(click.Command):
    """A command without options of its own: every word but a request for help is an argument."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """One id in 64 begins with a hyphen, because ids are base64url."""
        asks_for_help = any(word in ctx.help_option_names for word in args)
        return super().parse_args(ctx, args if asks_for_help or "--" in args else ["--", *args])


class NamedArgument(click.Command):
    """A command with options: says how an argument that begins with a hyphen is written."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            arguments = [each for each in self.params if isinstance(each, click.Argument)]
            if not arguments:
                raise
            hint = f"If it is the {arguments[0].make_metavar(ctx)}, write -- before it."
            raise click.UsageError(f"{error.format_message()} {hint}", ctx) from None


class GroupOfNamed(click.Group):
    """A group whose commands are NamedArgument."""

    command_class = NamedArgument
