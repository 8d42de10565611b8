# response-group.md §3: the time-out fires on time, even while a phone rings: the offer is withdrawn, then the prompt plays, then the action follows.

config groups/support serial alice bob
config groups/second serial carol
config queues/support groups=support timeout=30s:please-hold-on>queue:second
config queues/second groups=second
config workflows/support queue=support music=jazz
call c1 to support hearing
after 30s
----
c1 enters support
offer o1 c1 -> alice
at 20s
withdraw o1 missed
offer o2 c1 -> bob   (alice: justMissed)
at 30s
withdraw o2 withdrawn
c1 leaves support: timedOut after 30s
c1 hears please-hold-on

# The withdrawn phone answers too late.
accept o2
----
withdraw o2 withdrawn
ignored offerAccepted: the offer is over

heard c1
----
c1 enters second
c1 waiting in second with jazz
offer o3 c1 -> carol

# The caller leaves during the prompt, so the action does not happen.
presence carol offline
call c2 to support hearing
after 30s
----
withdraw o3 withdrawn
c2 enters support
offer o4 c2 -> alice
at 50s
withdraw o4 missed
offer o5 c2 -> bob   (alice: justMissed)
at 1m
withdraw o5 withdrawn
c2 leaves support: timedOut after 30s
c2 hears please-hold-on

abandon c2
heard c2
----
c2 over: abandoned
ignored promptFinished: the call is over
