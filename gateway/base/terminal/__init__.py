"""What the commands of both sides share: options, files, calls over HTTP, and the screen."""
