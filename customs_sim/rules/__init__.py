"""Customs' review of a filing: what a rule is, and which rules a message type has."""
