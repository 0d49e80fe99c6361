"""Bars that stay, in a request: what there is to refuse beforehand, and how a model is bound to them."""

import math

from workbench.core.errors import InvalidSetting
from workbench.core.frames import FIRST_PITCH, HOLD, REST, SYMBOLS, Frames
from workbench.core.specs import FREE, ComposeRequest
from workbench.core.vocabulary import Plan, Tokenizer
from workbench.sampling.locks import Locks, check_locks


def locks_of(request: ComposeRequest, tokenizer: Tokenizer, plan: Plan) -> Locks | None:
    """What stays of a piece, for the loop; None where nothing is locked."""
    if request.locked is None:
        return None
    voices = max(Frames(tokenizer.vocabulary).voices, 1)
    shortest = math.ceil(plan.limits.shortest * tokenizer.settings.steps_per_quarter)
    return Locks(request.locked.cells, voices, shortest)


def check_locked(request: ComposeRequest, tokenizer: Tokenizer, plan: Plan) -> None:
    """Refuse bars that cannot stay. Raises ``InvalidSetting``."""
    locked = request.locked
    if locked is None:
        return
    symbols = tokenizer.vocabulary.tokens
    if symbols[HOLD:FIRST_PITCH] != SYMBOLS:
        raise InvalidSetting(
            "This model does not write in steps, so no bars can stay; choose one of melodies or chorales in steps."
        )
    if request.primer or request.given or request.limits.form:
        raise InvalidSetting(
            "The bars that stay decide beginning, voices and form; leave primer, given music and form out."
        )
    cells, voices = locked.cells, max(Frames(tokenizer.vocabulary).voices, 1)
    if len(cells) != plan.steps * voices or not all(
        cell == FREE or HOLD <= cell < len(symbols) for cell in cells
    ):
        raise InvalidSetting("The bars that stay do not fit this model; lock them again.")
    if not 0 < sum(cell == FREE for cell in cells) < len(cells):
        raise InvalidSetting(
            "Lock some of the bars and leave some, so that there is a rest to compose."
        )
    before = [FREE] * voices + list(cells)
    if any(cell == HOLD and was in (FREE, REST) for was, cell in zip(before, cells, strict=False)):
        raise InvalidSetting("The bars that stay hold a note that never began; lock them again.")
    locks = locks_of(request, tokenizer, plan)
    assert locks is not None
    check_locks(tokenizer, plan, locks)
