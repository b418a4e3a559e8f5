"""django-allauth's pages in our frame: each opens, and the log-in's fields are labelled."""

from __future__ import annotations

import pytest
from django.template import engines
from django.test import Client, RequestFactory

from tongxin.surfaces.kit import assets

PAGES = [
    "account/login.html", "account/logout.html", "account/password_change.html",
    "account/reauthenticate.html", "account/account_inactive.html", "account/signup_closed.html",
    "mfa/authenticate.html", "mfa/index.html", "mfa/totp/activate_form.html",
    "mfa/recovery_codes/index.html", "mfa/webauthn/authenticator_list.html",
]  # fmt: skip

pytestmark = pytest.mark.skipif(not assets.MANIFEST.exists(), reason="not built: npm run build")


@pytest.mark.parametrize("template", PAGES)
def test_every_page_of_the_accounts_stands_in_our_frame(template: str) -> None:
    request = RequestFactory().get("/accounts/")
    request.user = None  # type: ignore[assignment]
    html = engines["django"].get_template(template).render({"form": Empty()}, request)
    assert 'rel="stylesheet"' in html
    assert 'id="main"' in html
    assert "Menu:" not in html


class Empty:
    """Stands for a form without fields: the frame is what is looked at."""

    non_field_errors: tuple[str, ...] = ()
    visible_fields: tuple[str, ...] = ()
    hidden_fields: tuple[str, ...] = ()


@pytest.mark.django_db
def test_the_log_in_page_answers_with_labelled_fields(client: Client) -> None:
    answer = client.get("/accounts/login/", headers={"accept-language": "en"})
    assert answer.status_code == 200
    html = answer.content.decode()
    assert '<label for="id_login">' in html
    assert "sign up" not in html.lower()
    wrong = client.post("/accounts/login/", {"login": "nobody", "password": "x"})
    assert 'class="error"' in wrong.content.decode()
