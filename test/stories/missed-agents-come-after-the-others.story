# response-group.md §3: after a missed call, not again before the other eligible agents had their turn, and not within 5 s.

config groups/support serial alice bob agentAlertTime=10s
config groups/second serial carol agentAlertTime=10s
config queues/support groups=support,second
call c1 to support
----
c1 enters support
offer o1 c1 -> alice

after 10s
----
at 10s
withdraw o1 missed
offer o2 c1 -> bob   (alice: justMissed)

after 10s
----
at 20s
withdraw o2 missed
offer o3 c1 -> carol   support passed over (alice: justMissed, bob: justMissed)

after 10s
----
at 30s
withdraw o3 missed
offer o4 c1 -> alice

accept o4
----
connect c1 o4
