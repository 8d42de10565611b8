# response-group.md §3, no-blocking-agent: a phone that can't take one caller's offer is available for the next caller.

config groups/support serial alice
call c1 to support
----
c1 enters support
offer o1 c1 -> alice

refuse o1 488
----
o1 declined 488
c1 waiting in support

call c2 to support
----
c2 enters support
offer o2 c2 -> alice

refuse o2 302
----
o2 declined 302
c2 waiting in support

call c3 to support
----
c3 enters support
offer o3 c3 -> alice

accept o3
----
connect c3 o3

# This caller's phone can't use alice's answer.
join-failed c3 488
----
o3 declined 488
c3 waiting in support

call c4 to support
----
c4 enters support
offer o4 c4 -> alice

# Alice's phone works, whichever side hung up before the two heard each other.
accept o4
----
connect c4 o4

join-failed c4 480
----
o4 declined 480
c4 waiting in support

call c5 to support
----
c5 enters support
offer o5 c5 -> alice

# This caller's INVITE is too long for the way to her phone.
refuse o5 513
----
o5 declined 513
c5 waiting in support

call c6 to support
----
c6 enters support
offer o6 c6 -> alice

# Here the phone itself has failed.
refuse o6 503
----
o6 unreachable 503
c6 waiting in support

call c7 to support
----
c7 enters support
c7 waiting in support
