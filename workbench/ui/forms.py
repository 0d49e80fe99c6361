"""Forms drawn from Settings classes: one widget a field, in the order the fields were written.

=========================================  ==========================================================
a field's type                             its widget
=========================================  ==========================================================
few short choices                          a segmented control
other choices                              a select box
true or false                              a toggle
a whole number over at most 64 values      a slider
a number within a narrow range             a slider
any other number                           a number box
text                                       a text box
=========================================  ==========================================================

Widgets keep their value while the tab is open, also over a switch of pages. The browser is what enforces their
ranges: a service validates the values again (``workbench.core.settings.validated``).
"""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import streamlit as st

from workbench.core.settings import Setting, describe
from workbench.ui.state import Session, session

SHORT_CHOICES = 28  # characters in all: what a phone, or a column of four, shows in one row
CHOICE_EDGES = 3  # characters that the frame of a choice is wide
SLIDER_VALUES = 64  # more stops than this, and a finger cannot find the one it wants
NARROW_RANGE = 10.0
ABBREVIATIONS = {
    "id": "ID",
    "bpm": "BPM",
    "lstm": "LSTM",
    "gru": "GRU",
    "midi": "MIDI",
    "ema": "EMA",
    "lora": "LoRA",
}
ABBREVIATIONS |= {"adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop"}


def settings_form(
    cls: type,
    *,
    key: str,
    values: Mapping[str, Any] | None = None,
    columns: int = 2,
    omit: Collection[str] = (),
) -> dict[str, Any]:
    """Draw the widgets of a Settings class and return their values by field name.

    Parameters
    ----------
    cls
        A Settings class, see ``workbench.core.settings``.
    key
        Tells this form from others, such as ``"train/lstm"``. The same key is the same form, on every page;
        ``session().fill(key, values)`` puts other values into it.
    values
        What to begin with, where it differs from the defaults.
    columns
        Widgets side by side on a wide screen; a phone stacks them.
    omit
        Fields that mean nothing here: they are not asked for, and keep their defaults.

    Fields marked ``advanced`` go into an expander, "More settings", under the heading of their group. A field that means
    nothing beside the others as they are now is not drawn, nor returned.
    """
    start = dict(values or {})
    fields = [field for field in describe(cls) if field.name not in omit]
    memory = session()
    now = {f.name: memory.value(key, f.name, start.get(f.name, f.default)) for f in fields}
    fields = [field for field in fields if field.applies(now)]
    plain = [field for field in fields if not field.advanced]
    advanced = [field for field in fields if field.advanced]
    chosen = _draw(plain, key, start, columns, memory)
    if advanced:
        with st.expander("More settings"):
            for group in dict.fromkeys(field.group for field in advanced):
                if group:
                    st.caption(f"**{group}**")
                chosen |= _draw(
                    [f for f in advanced if f.group == group], key, start, columns, memory
                )
    return {field.name: chosen[field.name] for field in fields}


def humanize(name: str) -> str:
    """``"learning_rate"`` is "Learning rate"."""
    words = [ABBREVIATIONS.get(word, word) for word in name.replace("-", "_").split("_") if word]
    sentence = " ".join(words)
    return sentence[:1].upper() + sentence[1:]


def _draw(
    fields: Sequence[Setting], key: str, start: Mapping[str, Any], columns: int, memory: Session
) -> dict[str, Any]:
    chosen = {}
    for first in range(0, len(fields), columns):
        row = st.columns(columns, vertical_alignment="bottom")
        for place, field in zip(row, fields[first : first + columns], strict=False):
            with place:
                chosen[field.name] = _widget(
                    field, key, start.get(field.name, field.default), memory
                )
    return chosen


def _widget(field: Setting, form: str, start: Any, memory: Session) -> Any:
    """One widget; its value begins with ``start`` and afterwards is the person's."""
    shared: dict[str, Any] = {
        "label": humanize(field.name),
        "help": field.help or None,
        "key": memory.widget(form, field.name, _fitting(field, start)),
        "persist_state": "session",
    }
    if field.choices is not None:
        return _choice(field, shared)
    if field.type is bool:
        return st.toggle(**shared)
    if field.type in (int, float):
        return _number(field, shared)
    return st.text_input(**shared).strip()


def _choice(field: Setting, shared: dict[str, Any]) -> Any:
    options = list(field.choices or ())
    shared["format_func"] = _named
    if sum(len(str(option)) + CHOICE_EDGES for option in options) <= SHORT_CHOICES:
        return st.segmented_control(options=options, required=True, **shared)
    return st.selectbox(options=options, **shared)


def _named(option: Any) -> str:
    return humanize(option) if isinstance(option, str) else str(option)


def _number(field: Setting, shared: dict[str, Any]) -> Any:
    kind = field.type
    low, high = (None if end is None else kind(end) for end in (field.low, field.high))
    step = step_of(field)
    if low is not None and high is not None and _fits_a_slider(field, step):
        return st.slider(min_value=low, max_value=high, step=step, **shared)
    return st.number_input(
        min_value=low, max_value=high, step=step, format="%d" if kind is int else "%g", **shared
    )


def _fits_a_slider(field: Setting, step: float) -> bool:
    assert field.low is not None and field.high is not None
    values = (field.high - field.low) / step
    return values <= SLIDER_VALUES and (field.type is int or field.high - field.low <= NARROW_RANGE)


def step_of(field: Setting) -> Any:
    """By how much one click changes a number: 1, 2 or 5 times a power of ten, at most a tenth of it."""
    if field.type is int:
        return 16 if field.default >= 128 else 1
    tenth = (abs(field.default) or field.high or 1.0) / 10
    power = math.floor(math.log10(tenth) + 1e-9)
    leading = next(digit for digit in (5, 2, 1) if digit * 10.0**power <= tenth * (1 + 1e-9))
    return float(f"{leading}e{power}")


def _fitting(field: Setting, value: Any) -> Any:
    """The value as the widget wants it; the default where a stored one does not fit any more.

    Streamlit raises on a value out of range, and an old run may have been allowed what is not allowed now.
    """
    if field.choices is not None:
        return value if value in field.choices else field.default
    if field.type not in (int, float):
        return field.type(value)
    number = field.type(value)
    too_low = field.low is not None and number < field.low
    too_high = field.high is not None and number > field.high
    return field.type(field.default) if too_low or too_high else number
