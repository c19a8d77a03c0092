"""What is wrong with a file, and what does it look like when it is repaired? Runs the rules, proves the repairs."""

from flake8_closures.engine.checking import check as check
from flake8_closures.engine.checking import facts_of as facts_of
from flake8_closures.engine.offers import repairs as repairs
from flake8_closures.engine.rounds import fix as fix
