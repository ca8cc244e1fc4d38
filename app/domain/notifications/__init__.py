"""What the product tells one person in one group: message keys with facts, never words."""
