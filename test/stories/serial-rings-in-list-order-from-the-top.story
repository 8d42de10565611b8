# response-group.md §2, serial: list order, each call from the top. Later agents ring only if earlier ones can't or don't answer.

config groups/support serial alice bob carol agentAlertTime=20s
config agents/alice presence=http
presence alice busy
call c1 to support
----
c1 enters support
offer o1 c1 -> bob   (alice: notAvailable)

after 20s
----
at 20s
withdraw o1 missed
offer o2 c1 -> carol   (alice: notAvailable, bob: justMissed)

after 20s
----
at 40s
withdraw o2 missed
offer o3 c1 -> bob   (alice: notAvailable, carol: justMissed)

presence alice available
----
nothing

accept o3 ; join c1
----
connect c1 o3
c1 leaves support: answered after 40s
c1 talks to bob

call c2 to support
----
c2 enters support
offer o4 c2 -> alice   (bob: onACall)

end c1 agentHungUp
----
c1 over: answered

refuse o4 486
----
o4 declined 486
offer o5 c2 -> bob   (alice: inGrace)
