"""Keeping compositions: finding them, tags, stars, notes, folders, the trash; and taking a change back."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace

from workbench.core.errors import InvalidSetting
from workbench.core.runs import Composition, Kept
from workbench.store import open_store
from workbench.store.composition_query import EVERYTHING, SORTS, Wish
from workbench.store.database import now
from workbench.workspace import Workspace

MOST_STARS = 5
LONGEST_NOTE = 4000  # characters, as are the others
_LONGEST_TAG = 40
_MOST_TAGS = 30
_LONGEST_FOLDER = 200

__all__ = ["EVERYTHING", "SORTS", "Wish"]


@dataclass(frozen=True)
class Change:
    """What was just changed, in words, and what was said of each composition before and after."""

    words: str
    before: dict[str, Kept]
    after: dict[str, Kept]


def find(
    workspace: Workspace, wish: Wish = EVERYTHING, *, sort: str = "newest", limit: int = -1, offset: int = 0
) -> tuple[list[Composition], int]:  # fmt: skip
    """Compositions that are wished for, and how many they are in all."""
    with open_store(workspace) as store:
        found = store.compositions.all(wish, sort=sort, limit=limit, offset=offset)
        return found, store.compositions.count(wish)


def among(workspace: Workspace, compositions: Collection[str]) -> list[Composition]:
    """Those of some compositions that are here, in the trash or not."""
    with open_store(workspace) as store:
        return store.compositions.among(store.compositions.present(list(compositions)))


def ids(workspace: Workspace, wish: Wish) -> list[str]:
    """Of all that are wished for."""
    with open_store(workspace) as store:
        return store.compositions.ids(wish)


def facets(workspace: Workspace) -> dict[str, dict[str, int]]:
    """Values of ``folder``, ``tag`` and ``model``, with how many compositions have them. A folder counts what lies within it."""
    with open_store(workspace) as store:
        found = store.compositions.facets()
    folders: dict[str, int] = {}
    for path, count in found["folder"].items():
        names = path.split("/")
        for depth in range(len(names)):
            within = "/".join(names[: depth + 1])
            folders[within] = folders.get(within, 0) + count
    return found | {"folder": dict(sorted(folders.items(), key=lambda each: each[0].casefold()))}


def trashed(workspace: Workspace) -> int:
    """How many lie in the trash."""
    with open_store(workspace) as store:
        return store.compositions.count(Wish(is_trashed=True))


# --- saying something of them -----------------------------------------------------------------


def tag(
    workspace: Workspace, compositions: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> Change:  # fmt: skip
    """Put tags onto compositions, and take others away."""
    added = [_clean_tag(each) for each in add]
    taken = {each.strip() for each in remove}
    if not added and not taken:
        raise InvalidSetting("No tag is named; name one to put on or to take away.")

    def change(kept: Kept) -> Kept:
        tags = tuple(dict.fromkeys([*(each for each in kept.tags if each not in taken), *added]))
        if len(tags) > _MOST_TAGS:
            raise InvalidSetting(f"A composition has at most {_MOST_TAGS} tags; take one away.")
        return replace(kept, tags=tags)

    said = ", ".join([*added, *(f"without {each}" for each in sorted(taken))])
    return _change(workspace, compositions, change, f"tagged {said}")


def _clean_tag(tag: str) -> str:
    clean = " ".join(tag.split())
    if not clean or len(clean) > _LONGEST_TAG:
        raise InvalidSetting(f"A tag has between 1 and {_LONGEST_TAG} characters; shorten it.")
    return clean


def move(workspace: Workspace, compositions: Sequence[str], folder: str) -> Change:
    """Put compositions into a folder, such as ``Waltzes/Sketches``; an empty one is none."""
    path = "/".join(filter(None, (" ".join(name.split()) for name in folder.split("/"))))
    if len(path) > _LONGEST_FOLDER:
        raise InvalidSetting(
            f"A folder has at most {_LONGEST_FOLDER} characters with those above it; shorten it."
        )
    words = f"moved to {path}" if path else "taken out of their folder"
    return _change(workspace, compositions, lambda kept: replace(kept, folder=path), words)


def rate(workspace: Workspace, compositions: Sequence[str], stars: int) -> Change:
    """Give compositions 1 to 5 stars; 0 takes them away."""
    if not 0 <= stars <= MOST_STARS:
        raise InvalidSetting(f"{stars} stars cannot be given; choose 0 to {MOST_STARS}.")
    words = f"rated {stars} of {MOST_STARS} stars" if stars else "no longer rated"
    return _change(workspace, compositions, lambda kept: replace(kept, rating=stars), words)


def annotate(workspace: Workspace, composition: str, note: str) -> Change:
    """Write a note beside a composition in place of the one that is there."""
    if len(note) > LONGEST_NOTE:
        raise InvalidSetting(f"A note has at most {LONGEST_NOTE} characters; shorten it.")
    return _change(
        workspace, [composition], lambda kept: replace(kept, note=note.strip()), "noted"
    )  # fmt: skip


# --- the trash --------------------------------------------------------------------------------


def trash(workspace: Workspace, compositions: Sequence[str]) -> Change:
    """Put compositions into the trash, where they stay until it is emptied."""
    when = now()
    return _change(
        workspace, compositions, lambda kept: replace(kept, deleted=kept.deleted or when),
        "moved to the trash",
    )  # fmt: skip


def restore(workspace: Workspace, compositions: Sequence[str]) -> Change:
    """Take compositions out of the trash, to where they were."""
    return _change(
        workspace, compositions, lambda kept: replace(kept, deleted=None), "taken out of the trash"
    )  # fmt: skip


def empty_trash(workspace: Workspace) -> int:
    """Throw away for good all that lies in the trash, with what was said of it; how many they were."""
    with open_store(workspace) as store:
        return store.compositions.empty_trash()


# --- one change -------------------------------------------------------------------------------


def undo(workspace: Workspace, change: Change) -> None:
    """Say again what was said before a change; what was changed again since stays, and what is gone for good."""
    with open_store(workspace) as store, store.db.atomic():
        said = store.compositions.kept(store.compositions.present(list(change.before)))
        store.compositions.keep(
            {
                each: _back(kept, change.before[each], change.after[each])
                for each, kept in said.items()
            }
        )


def _back(said: Kept, before: Kept, after: Kept) -> Kept:
    """What is said now, with what a change said taken back."""
    values = {each.name: getattr(before, each.name) for each in fields(Kept)}
    return replace(
        said, **{name: value for name, value in values.items() if getattr(said, name) == getattr(after, name)}
    )  # fmt: skip


def _change(
    workspace: Workspace, compositions: Sequence[str], change: Callable[[Kept], Kept], words: str
) -> Change:
    """All of them or none; nobody else writes between our reading and our writing."""
    with open_store(workspace) as store, store.db.atomic():
        before = store.compositions.kept(list(dict.fromkeys(compositions)))
        after = {each: change(kept) for each, kept in before.items()}
        store.compositions.keep(after)
    count = len(before)
    return Change(f"{count:,} {'piece' if count == 1 else 'pieces'} {words}", before, after)
