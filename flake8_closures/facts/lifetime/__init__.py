"""What do closures keep alive, for whom, and for how long? The facts behind the rules on lifetime.

Every question begins at what the file imports: a file that never mentions `weakref` is not looked at for finalizers.
`origins` finds these places; the other modules judge what is handed over there.
"""
