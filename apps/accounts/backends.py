"""Who somebody is. What they may do is decided elsewhere."""

from allauth.account.auth_backends import AuthenticationBackend


class SignInBackend(AuthenticationBackend):
    """Signs in by phone or e-mail with a password.

    Grants nothing: staff get their permissions from their role at a merchant, and Django's own
    tables of users' and groups' permissions, which know no merchants, are not asked.
    """

    def _get_permissions(self, user_obj, obj, from_name) -> set[str]:
        return set()
