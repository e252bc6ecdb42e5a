"""An OpenID Connect provider by others (Django OAuth Toolkit) on this machine, for the tests alone."""
import os
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

folder, port, returning, secret = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # it answers on this machine only
settings.configure(
    ALLOWED_HOSTS=["localhost"], SECRET_KEY=os.urandom(32).hex(), ROOT_URLCONF=__name__, USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.AutoField", LOGIN_URL="/login/",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(folder, "provider.sqlite")}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware"],
    SESSION_COOKIE_NAME="provider",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": [
        ("django.template.loaders.locmem.Loader", {
            "registration/login.html": "<form method=post>{% csrf_token %}{{ form }}<button>Log in</button></form>"})]}}],
    OAUTH2_PROVIDER={"OIDC_ENABLED": True, "OIDC_RSA_PRIVATE_KEY": key.decode(), "PKCE_REQUIRED": True,
                     "OIDC_ISS_ENDPOINT": f"http://localhost:{port}/o", "SCOPES": {"openid": "who you are"}})
django.setup()

from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path
from oauth2_provider.models import get_application_model

urlpatterns = [path("login/", LoginView.as_view()), path("o/", include("oauth2_provider.urls"))]


class Quiet(WSGIRequestHandler):
    def log_message(self, *words):
        pass


call_command("migrate", verbosity=0)
for name in ("alice", "bob"):
    User.objects.create_user(name, password=f"{name} at the provider")
get_application_model().objects.create(
    name="Equipoise", client_id="equipoise-test", client_secret=secret, client_type="confidential",
    authorization_grant_type="authorization-code", redirect_uris=returning, algorithm="RS256", skip_authorization=True)
server = make_server("localhost", port, get_wsgi_application(), handler_class=Quiet)
print("ready", flush=True)
server.serve_forever()
