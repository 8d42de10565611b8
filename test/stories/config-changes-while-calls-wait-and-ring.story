# config-or-nothing: ringing continues where it may; waiting calls are looked at under the new rules, and keep their place.

config groups/support serial alice
config queues/support groups=support
call c1 to support ; call c2 to support
----
c1 enters support
offer o1 c1 -> alice
c2 enters support
c2 waiting in support

config groups/support serial alice bob
config queues/support groups=support timeout=1m:disconnect
after 50s
reload
----
at 20s
withdraw o1 missed
offer o2 c2 -> alice
c1 waiting in support
at 40s
withdraw o2 missed
offer o3 c1 -> alice
at 50s
offer o4 c2 -> bob   (alice: ringing)

config groups/other serial carol
config queues/other groups=other
config workflows/support queue=other
reload
----
withdraw o3 withdrawn
c1 leaves support: moved after 50s
c1 enters other
withdraw o4 withdrawn
c2 leaves support: moved after 50s
c2 enters other
offer o5 c1 -> carol
c2 waiting in other

accept o5 ; join c1
----
connect c1 o5
c1 leaves other: answered after 50s
c1 talks to carol

config groups/another serial dora
config queues/another groups=another
reload
----
reject c2 unconfigured
c2 leaves other: failed after 50s
c2 over: unconfigured

end c1
----
c1 over: answered
