"""The first log-in of an installation comes from the command line."""

from __future__ import annotations

import pytest

from tongxin.config.commands.members.administrator import _make
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.policy import holds
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.territory.tests.making import District
from tongxin.kernel.errors import Conflict


@pytest.mark.django_db
def test_without_areas_it_says_what_comes_first():
    with pytest.raises(Conflict, match=r"areas first|先导入"):
        _make("security", "钱守正")


@pytest.mark.django_db
def test_the_first_administrator_may_make_the_others_and_sees_no_case():
    District()
    password = _make("security", "钱守正")
    made = Member.objects.get(code="security")
    assert made.account is not None
    assert made.account.check_password(password)
    assert holds(made, Permission.MANAGE_MEMBERS)
    assert not holds(made, Permission.SEE_INCIDENTS)
