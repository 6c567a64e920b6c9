"""The checks of intake: pure, from bytes to a submission or findings."""
