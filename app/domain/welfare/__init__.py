"""Welfare: the group stands by who is bereaved or in hospital, by rules that it has set itself."""
