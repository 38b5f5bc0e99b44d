"""The index of postings by time, built while others write, and the checks of accounts and kinds proven for the rows that
there are: no lock is held while they are read."""

from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("books", "0002_closed_days")]
    operations = [
        ValidateConstraint("posting", "posting_kind_known"),
        ValidateConstraint("postingline", "posting_line_account_known"),
        AddIndexConcurrently("posting", models.Index(fields=["posted_at"], name="posting_of_all_by_time")),
    ]
