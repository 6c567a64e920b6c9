"""The course of a case: from a delivered message to the answers, and what time alone brings
about."""
