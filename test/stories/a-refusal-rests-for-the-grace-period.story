# response-group.md §3: a refused call returns only after the ring-back grace, a missed one after 5 s, a fault after 30 s.

config groups/support serial alice
call c1 to support
----
c1 enters support
offer o1 c1 -> alice

refuse o1 486
----
o1 declined 486
c1 waiting in support

after 59s
----
nothing

after 1s
----
at 1m
offer o2 c1 -> alice

after 20s
----
at 1m20s
withdraw o2 missed

after 5s
----
at 1m25s
offer o3 c1 -> alice

refuse o3 503
----
o3 unreachable 503

call c2 to support
----
c2 enters support
c2 waiting in support

after 30s
----
at 1m55s
offer o4 c1 -> alice
