"""The tester's kit: messages and scripts replayed against any pair, over HTTP alone, with the exact difference."""
