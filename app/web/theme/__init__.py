"""The look: tokens in Python, one stylesheet made from them."""
