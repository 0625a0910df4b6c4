"""`firstreply topics`: what the pipeline needs on the broker."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from agents.cli.exit_codes import ExitCode
from agents.cli.terminal import BootstrapOption, CommandError, ConfigOption, broker_errors, settings_from
from agents.topicadmin import TopicsFailedError
from agents.topicadmin import apply as apply_topics
from agents.topicadmin import check as check_topics
from agents.topics import Difference, Remedy, way_out_of


def register(app: typer.Typer) -> None:
    """Add the commands."""
    topics = typer.Typer(no_args_is_help=True, help="Check or create the topics on the broker.")
    topics.command("check")(check)
    topics.command("apply")(apply)
    app.add_typer(topics, name="topics")


def _listed(differences: Sequence[Difference]) -> list[str]:
    return [str(difference) for difference in differences]


def check(config: ConfigOption = None, bootstrap: BootstrapOption = None) -> None:
    """Say every way in which the broker's topics differ from the declared ones. Changes nothing.

    Example: [cyan]firstreply topics check --bootstrap kafka:9092[/]

    Exit codes: 0 no difference, 1 differences, 75 the broker is away, 78 the configuration is wrong.
    """
    settings = settings_from(config, bootstrap)
    with broker_errors(settings.broker.bootstrap):
        found = check_topics(settings)
    if found:
        msg = f"{len(found)} differences between the declared topics and the broker's."
        raise CommandError(msg, _listed(found), way_out_of(found))
    print("All topics are as declared.")


def apply(config: ConfigOption = None, bootstrap: BootstrapOption = None) -> None:
    """Create the topics that are missing and set the settings that differ. Safe to repeat.

    Partitions and replicas of topics that exist are never changed: state would be lost, or much data moved.

    Example: [cyan]firstreply topics apply --config production.toml[/]

    Exit codes: 0 all is as declared, 1 something is left to do by hand or was refused, 75 the broker is away, 78 the
    configuration is wrong.
    """
    settings = settings_from(config, bootstrap)
    try:
        with broker_errors(settings.broker.bootstrap):
            applied = apply_topics(settings)
    except TopicsFailedError as error:
        raise CommandError("The broker refused.", str(error).splitlines(), exit_code=ExitCode.FAILED) from error
    for difference in applied.done:
        done = "created" if difference.remedy is Remedy.CREATE else f"{difference.setting} set to"
        print(f"{difference.topic}: {done} {difference.wanted}")
    if applied.left:
        msg = f"{len(applied.left)} differences are left to do by hand."
        raise CommandError(msg, _listed(applied.left))
    print("All topics are as declared.")
