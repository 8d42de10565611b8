# response-group.md §4: the welcome plays to its end, and no key skips it. Then comes the queue, with music until somebody answers.

config groups/support serial alice
config queues/support groups=support
config workflows/support queue=support welcome=welcome music=jazz
call c1 to support hearing
----
c1 hears welcome

press c1 1
----
ignored digitPressed: no question is being asked

heard c1
----
c1 enters support
c1 waiting in support with jazz
offer o1 c1 -> alice

# One agent, one call: the next caller waits.
call c2 to support hearing
heard c2
----
c2 hears welcome
c2 enters support
c2 waiting in support with jazz

accept o1 ; join c1 ; end c1
----
connect c1 o1
c1 leaves support: answered after 0s
c1 talks to alice
c1 over: answered
offer o2 c2 -> alice

# The phone that answered is gone before the join: music again, at the old place.
accept o2
join-failed c2 503
----
connect c2 o2
o2 unreachable 503
c2 waiting in support with jazz

# A caller who can't hear us is not delayed by the welcome.
abandon c2 ; call c3 to support
----
c2 leaves support: abandoned after 0s
c2 over: abandoned
c3 enters support
c3 waiting in support

# The report of the welcome's end is lost: the call continues ten minutes later.
abandon c3 ; call c4 to support hearing
after 10m
----
c3 leaves support: abandoned after 0s
c3 over: abandoned
c4 hears welcome
at 10m
c4 enters support
c4 waiting in support with jazz
offer o3 c4 -> alice
