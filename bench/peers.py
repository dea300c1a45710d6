"""The same tenants in Flask-Admin and in Django's admin, as their manuals show it: the columns of our list that are
columns of the table, search in three of them, fifty a page, a signed-in user. Only bench_lists.py needs them."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from sqlalchemy import MetaData, Table, create_engine

COLUMNS = ("name", "uscc", "stage", "industry", "registered_on")
SEARCHED = ("name", "uscc", "industry")
PAGE = 50


def flask_admin(url: str) -> tuple[Any, str]:
    """The application, and the cookie of somebody signed in."""
    from flask import Flask
    from flask_admin import Admin
    from flask_admin.contrib.sqla import ModelView
    from flask_babel import Babel
    from flask_login import LoginManager, UserMixin, current_user, login_user
    from sqlalchemy.orm import DeclarativeBase, scoped_session, sessionmaker

    engine = create_engine(url)
    metadata = MetaData()

    class Base(DeclarativeBase):
        pass

    class Tenant(Base):
        __table__ = Table("tenants", metadata, autoload_with=engine, resolve_fks=False)

    class User(UserMixin, Base):
        __table__ = Table("users", metadata, autoload_with=engine, resolve_fks=False)

    session = scoped_session(sessionmaker(engine))

    class TenantView(ModelView):
        column_list = COLUMNS
        column_searchable_list = SEARCHED
        column_filters = ("stage", "kind")
        column_default_sort = "name"
        page_size = PAGE
        can_view_details = True
        form_columns = COLUMNS

        def is_accessible(self) -> bool:
            return bool(current_user.is_authenticated)

    app = Flask("peer")
    app.config["SECRET_KEY"] = "peer"  # noqa: S105
    Babel(app)  # where it is installed Flask-Admin asks it
    login = LoginManager(app)
    login.user_loader(lambda user_id: session.get(User, int(user_id)))
    Admin(app, name="peer").add_view(TenantView(Tenant, session, endpoint="tenant"))

    @app.get("/sign-in")
    def sign_in() -> str:
        login_user(session.query(User).first())
        return ""

    @app.teardown_request
    def end(error: BaseException | None) -> None:
        session.remove()

    client = app.test_client()
    client.get("/sign-in")
    cookie = client.get_cookie("session")
    assert cookie is not None
    return app, f"session={cookie.value}"


def django_admin(path: str) -> tuple[Any, str]:
    """The same. Django adds tables of its own to the file at `path`."""
    import django
    from django.conf import settings

    settings.configure(
        DEBUG=False,
        SECRET_KEY="peer",  # noqa: S106
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="bench_django_urls",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        LANGUAGE_CODE="zh-hans",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": path}},
        INSTALLED_APPS=[
            "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.messages",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
    )  # fmt: skip
    django.setup()
    from django.contrib import admin
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.db import models
    from django.test import Client
    from django.urls import path as url_path

    class Tenant(models.Model):
        id = models.BigAutoField(primary_key=True)
        name = models.CharField(max_length=120)
        uscc = models.CharField(max_length=18, null=True)
        stage = models.CharField(max_length=40)
        kind = models.CharField(max_length=40)
        industry = models.CharField(max_length=80, null=True)
        registered_on = models.DateField(null=True)

        class Meta:
            app_label = "auth"  # an installed one, so that it needs no package of its own
            managed = False
            db_table = "tenants"

        def __str__(self) -> str:
            return str(self.name)

    class TenantAdmin(admin.ModelAdmin):  # type: ignore[type-arg,misc]
        list_display = COLUMNS
        search_fields = SEARCHED
        list_filter = ("stage", "kind")
        ordering = ("name",)
        list_per_page = PAGE

    admin.site.register(Tenant, TenantAdmin)
    urls = ModuleType("bench_django_urls")
    urls.urlpatterns = [url_path("admin/", admin.site.urls)]  # type: ignore[attr-defined]
    sys.modules["bench_django_urls"] = urls
    call_command("migrate", verbosity=0)
    client = Client()
    client.force_login(User.objects.create_superuser("peer"))
    return get_wsgi_application(), f"sessionid={client.cookies['sessionid'].value}"
