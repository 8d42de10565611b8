# Decision 033: if presence takes an agent away while a call rings, no call rings them for 5 s, however often presence changes.

config agents/alice presence=http
config agents/bob presence=http
config groups/support serial alice bob
config queues/support groups=support
presence alice available
call c1 to support
----
c1 enters support
offer o1 c1 -> alice   (bob: offline)

presence alice busy
----
withdraw o1 withdrawn
c1 waiting in support

presence alice available ; presence alice busy ; presence alice available
----
nothing

after 2s ; presence bob available
----
at 2s
offer o2 c1 -> bob   (alice: unsteady)

after 3s
----
nothing

presence bob offline
----
at 5s
withdraw o2 withdrawn
offer o3 c1 -> alice   (bob: offline)

after 5s
----
nothing

call c2 to support
----
at 10s
c2 enters support
c2 waiting in support

presence alice doNotDisturb ; presence alice available
----
withdraw o3 withdrawn

presence alice away ; presence alice available
----
nothing

after 5s
----
at 15s
offer o4 c1 -> alice   (bob: offline)
