# losers-late: if the winner vanishes before the legs are joined, the call is offered again and keeps its place.

config groups/support parallel alice bob
call c1 to support
accept o1

call c2 to support

join-failed c1 408

# The caller leaves while being joined: the agent's phone has answered and is told.
accept o4 ; abandon c1
