"""The user who signs in throughout the tests, and the secret of the servers that know her."""

USERNAME = "alice"
PASSWORD = "correct horse battery staple"
SECRET = "Zq3vY8-the-tests-own-9fK2mWc7Tn5RbXoLdHu4Ga"
