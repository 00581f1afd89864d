"""`course publish`: the conversation with the producer.

Not for the work itself: `preflight`, `planning` and `publishing` do it.
"""

from datetime import UTC, datetime

import click

from course.cast import cast_name
from course.errors import CourseError, UsageError
from course.paths import shown
from course.publish import built as episodes
from course.publish import credentials, ledger, metadata, planning
from course.publish.built import Built
from course.publish.planning import Wish

AUDIT = (
    "Note: YouTube keeps uploads private that come from a Google project it has not audited, "
    "whatever --privacy says (docs/publishing.md)."
)


@click.command(short_help="Put finished episodes on YouTube.")
@click.argument("chapters", nargs=-1)
@click.option("--check", is_flag=True, help="Look at the episodes and stop; nothing is sent.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; nothing is sent.")
@click.option(
    "--privacy", type=click.Choice(["private", "unlisted", "public"]), help="Who can see the films."
)
@click.option("--schedule", metavar="TIME", help="Make them public then, for example 2027-01-31T18:00.")
@click.option("--playlist", metavar="NAME", help="The playlist that they go into, in course order.")
@click.option(
    "--unlist-old", is_flag=True, help="Unlist the public old film of a chapter whose film changed."
)
@click.option("--yes", is_flag=True, help="Do not ask before anything becomes public or is uploaded anew.")
@click.option("--logout", is_flag=True, help="Revoke this computer's access to YouTube and forget it.")
@cast_name
def publish(
    chapters: tuple[str, ...],
    check: bool,
    dry_run: bool,
    privacy: str | None,
    schedule: str | None,
    playlist: str | None,
    unlist_old: bool,
    yes: bool,
    logout: bool,
) -> None:
    """Put episodes on YouTube: film, thumbnail, captions, place in the playlist. Private unless you say so.

    CHAPTERS are names such as ch2, `course` for the film of the whole course, `trailer`, or `all` for every
    one of these that is built. Running it again does only what is left to do.
    """
    if logout:
        click.echo(credentials.logout())
        return
    if not chapters and not check:
        raise UsageError("Say what to publish: a chapter such as ch2, course, trailer, or all.")
    wish = Wish(privacy, _moment(schedule, privacy), playlist, unlist_old)
    table = metadata.listing()
    chosen = episodes.choose(chapters or ("all",))
    if "all" in chapters and (left_out := episodes.unbuilt()):
        _say(f"Not built yet and left out: {', '.join(left_out)}.")
    book = ledger.read()
    _preflight(chosen, book, table, play_all=check)
    todo = {one.entry: planning.steps(one, book.episodes.get(one.entry), table, wish) for one in chosen}
    estimate, fits = planning.cost((step for left in todo.values() for step in left), book.quota.on(_now()))
    if check or dry_run:
        for name, steps in todo.items():
            click.echo(f"{name}: " + ("; ".join(step.sentence for step in steps) or "nothing to do"))
        click.echo(estimate)
        click.echo(AUDIT)
        return
    if not fits:
        _say(f"{estimate} It will stop when they are used up; run the same command again the day after.")
    for question in _questions(chosen, book, wish, todo):
        _ask(question, yes)
    with credentials.alone():
        _publish(chosen, table, wish, yes)


def _publish(chosen: list[Built], table: metadata.Listing, wish: Wish, yes: bool) -> None:
    book = ledger.read()  # again, now that nobody else writes it
    try:
        from course.publish.publishing import Publisher
        from course.publish.site import Site
    except ImportError:
        raise CourseError(
            "Google's client is not installed. Run `.venv/bin/pip install -e '.[publish]'`."
        ) from None
    access = credentials.credentials(_say)
    publisher = Publisher(Site(access, book, _say), table, wish, _say)
    before = access.token
    try:
        publisher.check_account()
        if gone := publisher.look([one.entry for one in chosen]):
            _ask(
                f"{', '.join(gone)}: the film is no longer on YouTube and would be uploaded again. Go on?",
                yes,
            )
            publisher.forget(gone)
        for one in chosen:
            publisher.publish(one)
    finally:
        if access.token != before and access.valid:
            credentials.save(access)
    click.echo(f"Written: {shown(book.path)}")
    if left := publisher.unfinished():
        raise CourseError("\n".join(left))


def _preflight(chosen: list[Built], book: ledger.Ledger, table: metadata.Listing, play_all: bool) -> None:
    """Look at every episode; raises `CourseError` where one has to stay at home."""
    from course.publish.preflight import examine

    fatal: list[str] = []
    for one in chosen:
        # What is on the site, or on its way there, has been played to its end before.
        entry, on_the_way = book.episodes.get(one.entry), book.uploading.get(one.entry, {})
        played = not one.missing() and one.film_digest in (entry and entry.film, on_the_way.get("film"))
        findings = examine(one, table, play=play_all or not played)
        for finding in findings:
            (fatal.append if finding.fatal else _say)(f"{one.entry}: {finding.text}")
        if play_all and not any(finding.fatal for finding in findings):
            click.echo(f"{one.entry}: plays to its end, nothing is missing")
    if fatal:
        raise CourseError("\n".join(fatal))


def _questions(
    chosen: list[Built], book: ledger.Ledger, wish: Wish, todo: dict[str, list[planning.Step]]
) -> list[str]:
    """What the producer has to agree to, one question each."""
    found = []
    for one in chosen:
        entry = book.episodes.get(one.entry)
        if entry and entry.film != one.film_digest:
            stays = (
                f"stays {entry.privacy} (--unlist-old would unlist it)"
                if entry.privacy == "public"
                else "stays"
            )
            if planning.old(entry, one.film_digest) and wish.unlist_old:
                stays = "becomes unlisted"
            found.append(
                f"{one.entry}: the film changed, and YouTube cannot replace a film. It would be uploaded "
                f"as a new video with a new address and no views; the old one, {entry.address}, {stays}. "
                "Go on?"
            )
    seen = [name for name, steps in todo.items() if any(step.kind == "visibility" for step in steps)]
    if seen and (wish.schedule or wish.privacy == "public"):
        when = f" on {wish.schedule.astimezone():%d %B %Y at %H:%M}" if wish.schedule else ""
        found.append(f"Everybody will be able to see {', '.join(seen)}{when}. Go on?")
    return found


def _ask(question: str, yes: bool) -> None:
    if yes:
        _say(question.removesuffix(" Go on?"))
        return
    try:
        agreed = click.confirm(question)
    except click.Abort:
        raise UsageError(
            "Nobody answered, so nothing was sent. Add --yes to go on without being asked."
        ) from None
    if not agreed:
        raise CourseError("Nothing was sent.")


def _moment(text: str | None, privacy: str | None) -> datetime | None:
    if text is None:
        return None
    if privacy not in (None, "private"):
        raise UsageError("A scheduled film stays private until its time: leave --privacy out.")
    try:
        moment = datetime.fromisoformat(text)
        first, second = (moment.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        local = first.astimezone()
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{text!r} is no time. Write it like 2027-01-31T18:00 (your time zone).") from None
    if first == second:
        return first
    # Two readings of one clock: it is set forward over this time, or set back and shows it twice.
    if local.replace(tzinfo=None) != moment:
        raise UsageError(
            f"{text} does not exist in your time zone, for the clocks are set forward over it. "
            f"Give another time, or one with its offset from UTC, such as {_offset(local)}."
        )
    raise UsageError(
        f"{text} happens twice in your time zone, for the clocks are set back over it. "
        f"Say which you mean: {_offset(local)} or {_offset(second.astimezone())}."
    )


def _offset(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


def _now() -> datetime:
    return datetime.now(UTC)


def _say(text: str) -> None:
    click.echo(text, err=True)
