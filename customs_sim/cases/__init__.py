"""A filing as a case: where it stands, how fast it is answered, how a tester expects it to end."""
