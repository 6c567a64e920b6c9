"""The rules by which customs reviews a filing, and what it does with each message type. Pure."""
