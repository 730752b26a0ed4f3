"""Querysets that are compiled to SQL once: for what nearly every request asks, building the SQL is most of the cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


class CompiledQuery(Generic[M]):
    """A queryset with `select_related` and annotations, in which texts stand for values that come with each run.

    `markers`: these texts; each has to be in the conditions. Nothing else of the queryset may depend on the moment.
    """

    def __init__(self, queryset: models.QuerySet[M], markers: Sequence[str]) -> None:
        # Typed too narrowly by Django's stubs: the compiler's attributes are set by `as_sql`.
        compiler: Any = queryset.query.get_compiler(connection=connection)
        self._sql, parameters = compiler.as_sql()
        self._parameters = list(parameters)
        if missing := [marker for marker in markers if marker not in self._parameters]:
            raise ValueError(f"not in the query: {missing}")
        if compiler.get_converters([expression for expression, *_ in compiler.select]):
            raise ValueError("a column has to be converted, which only a queryset does")
        info = compiler.klass_info
        self._model: type[M] = info["model"]
        self._columns = _columns(compiler, info)
        self._related = [
            (related["field"].name, related["model"], _columns(compiler, related))
            for related in info.get("related_klass_infos", ())
        ]
        self._annotations: dict[str, int] = compiler.annotation_col_map or {}

    def fetch(self, values: Mapping[str, str]) -> list[M]:
        """Return the rows, with a value in the place of each marker."""
        parameters = [values.get(each, each) if isinstance(each, str) else each for each in self._parameters]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, parameters)
            return [self._build(row) for row in cursor.fetchall()]

    def _build(self, row: Sequence[Any]) -> M:
        built: M = _from_row(self._model, self._columns, row)
        for name, model, columns in self._related:
            setattr(built, name, _from_row(model, columns, row))
        for name, position in self._annotations.items():
            setattr(built, name, row[position])
        return built


Columns = tuple[list[str], list[int]]


def _columns(compiler: Any, info: Any) -> Columns:
    """Return the names of a model's fields and their positions in a row."""
    positions = list(info["select_fields"])
    return [compiler.select[position][0].target.attname for position in positions], positions


def _from_row(model: type[Any], columns: Columns, row: Sequence[Any]) -> Any:
    names, positions = columns
    return model.from_db(connection.alias, names, [row[position] for position in positions])
