"""The simulated people of the demo: they call, accept, drive, arrive and close, as people would.

Everything is written through the public actions, as the members themselves. What somebody does next
follows from the database and from dice thrown on the row's own id, so that a play that was stopped
goes on where it was. The same play runs by the wall clock (the demo) and under a held clock (the
hours before the demo opens, a real city's calls replayed).
"""
