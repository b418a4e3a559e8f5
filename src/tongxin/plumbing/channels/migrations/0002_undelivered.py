"""An index for what could not be delivered, which the office lists."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """One partial index: failed and waiting rows are few."""

    dependencies = [("channels", "0001_initial")]
    operations = [
        migrations.AddIndex(
            "delivery",
            models.Index(
                fields=["-created_at"],
                name="delivery_undelivered",
                condition=models.Q(state__in=["failed", "retry"]),
            ),
        ),
    ]
