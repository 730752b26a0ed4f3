"""Querysets that are compiled to SQL once: for what nearly every request asks, building the SQL is most of the cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


class CompiledQuery(Generic[M]):
    """A queryset in which some values, the markers, stand for those that come with each run.

    `markers`: values of the conditions, each different from all others in them. Nothing else of the queryset may depend
    on the moment. `select_related` and annotations are kept; a `values_list` has rows only.
    """

    def __init__(self, queryset: models.QuerySet[M, Any], markers: Sequence[Any]) -> None:
        # Typed too narrowly by Django's stubs: the compiler's attributes are set by `as_sql`.
        compiler: Any = queryset.query.get_compiler(connection=connection)
        self._sql, parameters = compiler.as_sql()
        self._parameters = [(each, _find(each, markers)) for each in parameters]
        found = {place for _, place in self._parameters}
        if missing := [marker for place, marker in enumerate(markers) if place not in found]:
            raise ValueError(f"not in the query: {missing}")
        if compiler.get_converters([expression for expression, *_ in compiler.select]):
            raise ValueError("a column has to be converted, which only a queryset does")
        if not (info := compiler.klass_info):
            return
        self._model: type[M] = info["model"]
        self._columns = _columns(compiler, info)
        self._related = [
            (related["field"].name, related["model"], _columns(compiler, related))
            for related in info.get("related_klass_infos", ())
        ]
        self._annotations: dict[str, int] = compiler.annotation_col_map or {}

    def fetch_rows(self, *values: Any) -> list[tuple[Any, ...]]:
        """Return the columns of each row; `values` take the places of the markers, in the same order."""
        parameters = [each if place is None else values[place] for each, place in self._parameters]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, parameters)
            return list(cursor.fetchall())

    def fetch(self, *values: Any) -> list[M]:
        """Return the same as instances of the model."""
        return [self._build(row) for row in self.fetch_rows(*values)]

    def _build(self, row: Sequence[Any]) -> M:
        built: M = _from_row(self._model, self._columns, row)
        for name, model, columns in self._related:
            setattr(built, name, _from_row(model, columns, row))
        for name, position in self._annotations.items():
            setattr(built, name, row[position])
        return built


def _find(parameter: Any, markers: Sequence[Any]) -> int | None:
    """Return the place of the marker that a parameter is. The type counts, too: True is no 1."""
    places = (place for place, marker in enumerate(markers) if type(marker) is type(parameter) and marker == parameter)
    return next(places, None)


Columns = tuple[list[str], list[int]]


def _columns(compiler: Any, info: Any) -> Columns:
    """Return the names of a model's fields and their positions in a row."""
    positions = list(info["select_fields"])
    return [compiler.select[position][0].target.attname for position in positions], positions


def _from_row(model: type[Any], columns: Columns, row: Sequence[Any]) -> Any:
    names, positions = columns
    return model.from_db(connection.alias, names, [row[position] for position in positions])
