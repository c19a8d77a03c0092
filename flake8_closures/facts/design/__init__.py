"""Which closures would be clearer as something else? The facts behind the rules on design."""
