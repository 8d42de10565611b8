# response-group.md §2, attendant: the console shows all waiting calls, and the agent takes any of them in any order.

config groups/desk attendant alice bob attendantOffers=2
config groups/others serial carol
config queues/desk groups=desk,others
config agents/bob presence=http
config agents/carol presence=http
presence bob offline ; presence carol offline
call c1 to desk ; call c2 to desk ; call c3 to desk
----
c1 enters desk
offer o1 c1 -> alice   (bob: offline)
c2 enters desk
offer o2 c2 -> alice   (bob: offline)
c3 enters desk
c3 waiting in desk

# Her desk is full: the call that came last makes room for the one that she picks.
pick c3 alice
----
withdraw o2 withdrawn
offer o3 c3 -> alice   (bob: offline)
c2 waiting in desk

# A call that already rings there, and an agent without a desk.
pick c3 alice
----
ignored callPicked: it rings at their desk already

# One text for a call that waits elsewhere and for a call that never was: it tells nothing of other people's calls.
pick c2 carol ; pick c9 alice ; pick c3 bob
----
ignored callPicked: no call of this id waits for an attendant group of this agent
ignored callPicked: no call of this id waits for an attendant group of this agent
ignored callPicked: the agent may not be offered calls now

# She may pick a call that she declined, even within the grace period.
decline o1 ; pick c1 alice
----
withdraw o1 withdrawn
o1 declined
offer o4 c2 -> alice   (bob: offline)
c1 waiting in desk
withdraw o4 withdrawn
offer o5 c1 -> alice   (bob: offline)

accept o5 ; join c1
----
connect c1 o5
offer o6 c2 -> alice   (bob: offline)
c1 leaves desk: answered after 0s
c1 talks to alice
