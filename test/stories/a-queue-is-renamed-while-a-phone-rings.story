# Decision 040: the same agents of the same group keep ringing for a call whose queue now has another name.

config groups/support serial alice
config groups/all parallel bob carol
config queues/support groups=support
config queues/all groups=all
call c1 to support ; call c2 to support ; call c3 to all
----
c1 enters support
offer o1 c1 -> alice
c2 enters support
c2 waiting in support
c3 enters all
offer o2 c3 -> bob
offer o3 c3 -> carol

config groups/support serial alice
config groups/all parallel bob carol
config queues/helpdesk groups=support timeout=1m:disconnect
config queues/everybody groups=all
config workflows/support queue=helpdesk
config workflows/all queue=everybody
after 5s
reload
----
at 5s
c3 leaves all: moved after 5s
c3 enters everybody
c1 leaves support: moved after 5s
c1 enters helpdesk
c2 leaves support: moved after 5s
c2 enters helpdesk
c2 waiting in helpdesk

accept o1 ; join c1
accept o3 ; join c3
----
connect c1 o1
c1 leaves helpdesk: answered after 5s
c1 talks to alice
connect c3 o3
withdraw o2 lostRace
c3 leaves everybody: answered after 5s
c3 talks to carol

after 1m
----
at 1m
c2 leaves helpdesk: timedOut after 1m
reject c2 timedOut
c2 over: timedOut
