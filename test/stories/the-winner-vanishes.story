# losers-late: if the winner vanishes before the legs are joined, the call is offered again and keeps its place.

config groups/support parallel alice bob
call c1 to support
accept o1
----
c1 enters support
offer o1 c1 -> alice
offer o2 c1 -> bob
connect c1 o1
withdraw o2 lostRace

call c2 to support
----
c2 enters support
offer o3 c2 -> bob   (alice: onACall)

join-failed c1 408
----
o1 unreachable 408
c1 waiting in support

refuse o3 486
----
o3 declined 486
offer o4 c1 -> bob   (alice: unreachable)
c2 waiting in support

# The caller leaves during the join: the agent's phone has answered and is told.
accept o4 ; abandon c1
----
connect c1 o4
withdraw o4 withdrawn
c1 leaves support: abandoned after 0s
c1 over: abandoned
