"""Which closures keep themselves alive, through the object that they are stored on or through their own name?"""
