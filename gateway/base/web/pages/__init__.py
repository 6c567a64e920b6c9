"""What the pages of both consoles are made of: frame, forms, questions, messages, stylesheet and
script. Knows nothing of customs and nothing of enterprises."""
