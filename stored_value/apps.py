from django.apps import AppConfig


class StoredValueConfig(AppConfig):
    name = "stored_value"
    verbose_name = "Gift cards and store credit"
