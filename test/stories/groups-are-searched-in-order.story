# response-group.md §3: a group without an eligible agent is skipped at once, with reasons.

config agents/alice presence=http
config agents/bob homed=online
config groups/first serial alice bob
config groups/second serial carol policy=formal
config groups/third serial dora
config queues/support groups=first,second,third
call c1 to support
----
c1 enters support
offer o1 c1 -> dora   first passed over (alice: offline, bob: homedOnline), second passed over (carol: notSignedIn)

refuse o1 503
----
o1 unreachable 503
c1 waiting in support

sign-in carol second
----
carol signed in to second
offer o2 c1 -> carol   first passed over (alice: offline, bob: homedOnline)

sign-out carol second
----
carol signed out of second
withdraw o2 withdrawn

presence alice available
----
offer o3 c1 -> alice   (bob: homedOnline)
