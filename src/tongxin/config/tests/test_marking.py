from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from harness.server import Server
from tongxin.config.marking import mark_schema, schema_is_marked

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(server: Server, database_name: str) -> str:
    return server.of(database_name).owner


def test_a_marked_schema_is_known_again(owner: str, tmp_path: Path) -> None:
    assert not schema_is_marked(owner, tmp_path)
    mark_schema(owner, tmp_path)
    assert schema_is_marked(owner, tmp_path)


def test_another_history_or_another_database_is_not(
    owner: str, server: Server, tmp_path: Path
) -> None:
    mark_schema(owner, tmp_path)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("DELETE FROM django_migrations WHERE app = 'live'")
    assert not schema_is_marked(owner, tmp_path)
    assert not schema_is_marked(server.of("postgres").owner, tmp_path)


def test_a_database_that_does_not_answer_is_not_marked(tmp_path: Path) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/nowhere"
    mark_schema(nowhere, tmp_path)
    assert not schema_is_marked(nowhere, tmp_path)
