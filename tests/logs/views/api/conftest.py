"""Callers of the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

GARDEN = "/api/v1/networks/testnet/channels/garden"


class Caller:
    """Asks as a program does: without cookies, maybe with a token."""

    def __init__(self, token: str = "") -> None:
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, headers: dict[str, str] | None = None, **query: object) -> Any:
        return Client().get(path, query, headers=self.headers | (headers or {}))

    def json(self, path: str, **query: object) -> Any:
        response = self.get(path, **query)
        assert response.status_code == 200, response.content.decode()
        return response.json()


@pytest.fixture
def api() -> Caller:
    return Caller()
