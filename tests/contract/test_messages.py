"""Messages keep their promises: frozen, documented, units named."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
from enum import Enum
from pathlib import Path

import pytest

from backrun_pi import messages

CLASSES = [
    item
    for item in vars(messages).values()
    if inspect.isclass(item) and item.__module__.startswith(messages.__name__)
]
RECORDS = [item for item in CLASSES if dataclasses.is_dataclass(item)]
CLASS_TREES = {
    node.name: node
    for path in Path(messages.__file__).parent.glob("*.py")
    for node in ast.parse(path.read_text(encoding="utf-8")).body
    if isinstance(node, ast.ClassDef)
}
UNITS = (
    "_ns",
    "_s",
    "_m",
    "_mps",
    "_mps2",
    "_rps",
    "_rad",
    "_deg",
    "_spm",
    "_c",
    "_v",
    "_p",
    "_hz",
    "baud",
)
NO_UNIT = {
    "satellites",
    "severity",
    "step",
    "bout",
    "bouts",
    "count",
    "strength",
    "bouts_done",
    "done",
    "contacts",
    "number",
}
PROBABILITY = ("p_backward", "p_contact")


def _documented_fields(name: str) -> set[str]:
    body = CLASS_TREES[name].body
    return {
        field.target.id
        for field, text in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


@pytest.mark.parametrize("record", RECORDS, ids=lambda item: str(item.__name__))
def test_a_message_is_frozen_and_slotted(record: type) -> None:
    params = record.__dataclass_params__  # type: ignore[attr-defined]
    assert params.frozen
    assert hasattr(record, "__slots__")


@pytest.mark.parametrize("record", RECORDS, ids=lambda item: str(item.__name__))
def test_every_field_of_a_message_is_documented(record: type) -> None:
    names = {field.name for field in dataclasses.fields(record)}
    assert names - _documented_fields(record.__name__) == set()


@pytest.mark.parametrize("record", RECORDS, ids=lambda item: str(item.__name__))
def test_a_number_says_its_unit_in_its_name(record: type) -> None:
    for field in dataclasses.fields(record):
        annotation = str(field.type)
        is_number = annotation.split(" | ", maxsplit=1)[0] in {
            "float",
            "int",
            "FloatArray",
            "IntArray",
        }
        if is_number and field.name not in NO_UNIT and not field.name.startswith(PROBABILITY):
            assert field.name.endswith((*UNITS, "_bytes")), f"{record.__name__}.{field.name}"


def test_every_class_of_messages_says_what_it_is() -> None:
    assert [item.__name__ for item in CLASSES if not item.__doc__] == []


def test_enum_values_are_unique_so_that_a_log_can_be_read_back() -> None:
    for item in CLASSES:
        if issubclass(item, Enum):
            values = [member.value for member in item.__members__.values()]
            assert len(values) == len(set(values)), item.__name__
