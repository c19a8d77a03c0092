"""What do closures keep alive, for whom, and for how long? The facts behind the rules on lifetime.

Every question begins at what the file imports: a file that never mentions `weakref` is not searched for finalizers. The
`SemanticModel` finds these places; the modules here judge what is passed there.
"""
