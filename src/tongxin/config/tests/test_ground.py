from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections, transaction


@pytest.mark.django_db
def test_tests_run_as_the_apps_role_without_power_over_row_security() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        name, is_super, bypasses = cursor.fetchone()
        cursor.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'django_content_type'")
        owner = cursor.fetchone()[0]
    assert name.endswith("_app")
    assert owner.endswith("_owner")
    assert not is_super
    assert not bypasses


@pytest.mark.django_db
def test_the_audit_alias_sees_what_the_test_has_written() -> None:
    ContentType.objects.create(app_label="ground", model="one")
    assert ContentType.objects.using("audit").filter(app_label="ground").count() == 1


@pytest.mark.django_db(transaction=True)
def test_with_real_transactions_the_audit_alias_is_a_second_connection() -> None:
    with transaction.atomic():
        ContentType.objects.create(app_label="ground", model="lost")
        ContentType.objects.using("audit").create(app_label="ground", model="kept")
        transaction.set_rollback(True)
    assert list(ContentType.objects.filter(app_label="ground").values_list("model", flat=True)) == [
        "kept"
    ]
    assert connections["audit"] is not connections["default"]


@pytest.mark.django_db
def test_nothing_is_left_of_the_test_before() -> None:
    assert not ContentType.objects.filter(app_label="ground").exists()
