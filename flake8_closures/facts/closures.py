"""Which functions capture which variables, and in which loops are they made?"""
