"""The review rules of the bonded guarantee system (GRT), one file a message type."""
