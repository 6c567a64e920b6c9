"""What both HTTP interfaces share: their OpenAPI document and the readable page of it."""
