# Decision 114: the notice follows the welcome, before the queue. A caller who heard it is recorded from the join on.

config groups/support serial alice bob
config queues/support groups=support
config workflows/support queue=support welcome=welcome notice=may-be-recorded record=always music=jazz
config queues/asked groups=support record=always
config workflows/asked queue=asked notice=press-one consent=1
config queues/some groups=support record=onDemand
config workflows/some queue=some
call c1 to support hearing ; heard c1
----
c1 hears welcome
c1 hears may-be-recorded

heard c1
accept o1 ; join c1
----
c1 enters support
c1 waiting in support with jazz
offer o1 c1 -> alice
connect c1 o1
c1 leaves support: answered after 0s
c1 talks to alice
c1 is recorded

# A caller who can't hear the notice is not recorded.
call c2 to support
accept o2 ; join c2 ; end c1 ; end c2
----
c2 enters support
offer o2 c2 -> bob   (alice: onACall)
connect c2 o2
c2 leaves support: answered after 0s
c2 talks to bob
c1 over: answered
c2 over: answered

# Consent: the key counts while the notice plays.
call c3 to asked hearing
press c3 1
accept o3 ; join c3 ; end c3
----
c3 hears press-one
c3 enters asked
c3 waiting in asked
offer o3 c3 -> alice
connect c3 o3
c3 leaves asked: answered after 0s
c3 talks to alice
c3 is recorded
c3 over: answered

# It also counts for five seconds after the notice, and no other key does.
call c4 to asked hearing ; heard c4
after 4s
press c4 2 ; press c4 1
accept o4 ; join c4 ; end c4
----
c4 hears press-one
at 4s
ignored digitPressed: no question is being asked
c4 enters asked
c4 waiting in asked
offer o4 c4 -> alice
connect c4 o4
c4 leaves asked: answered after 0s
c4 talks to alice
c4 is recorded
c4 over: answered

# Without the key, the call goes on and is not recorded.
call c5 to asked hearing ; heard c5
after 5s
accept o5 ; join c5 ; end c5
----
c5 hears press-one
at 9s
c5 enters asked
c5 waiting in asked
offer o5 c5 -> alice
connect c5 o5
c5 leaves asked: answered after 0s
c5 talks to alice
c5 over: answered

# Where nobody has to be told, the queue alone decides. Here the agent starts the recording.
call c6 to some
accept o6 ; join c6
----
c6 enters some
offer o6 c6 -> alice
connect c6 o6
c6 leaves some: answered after 0s
c6 talks to alice
c6 may be recorded
