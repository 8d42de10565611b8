# response-group.md §1: no offers until wrap-up ends or the agent ends it. The group's wrap-up comes before the agent's.

config agents/alice wrapUp=30s
config groups/short serial alice wrapUp=5s
config groups/long serial alice
call c1 to short
accept o1 ; join c1 ; end c1
----
c1 enters short
offer o1 c1 -> alice
connect c1 o1
c1 leaves short: answered after 0s
c1 talks to alice
c1 over: answered

call c2 to long
----
c2 enters long
c2 waiting in long

after 5s
----
at 5s
offer o2 c2 -> alice

accept o2 ; join c2 ; end c2
call c3 to short
----
connect c2 o2
c2 leaves long: answered after 5s
c2 talks to alice
c2 over: answered
c3 enters short
c3 waiting in short

release alice
----
offer o3 c3 -> alice

release alice
----
ignored agentReleased: no wrap-up runs
