# response-group.md §2, roundRobin: the agent after the one offered last, wrapping; the pointer belongs to the group.

config groups/sales roundRobin alice bob carol
call c1 to sales
----
c1 enters sales
offer o1 c1 -> alice
pointer of sales: alice

call c2 to sales
----
c2 enters sales
offer o2 c2 -> bob   (alice: ringing)
pointer of sales: bob

accept o1 ; join c1 ; end c1
----
connect c1 o1
c1 leaves sales: answered after 0s
c1 talks to alice
c1 over: answered

call c3 to sales
----
c3 enters sales
offer o3 c3 -> carol   (bob: ringing)
pointer of sales: carol

abandon c2 ; abandon c3
----
withdraw o2 withdrawn
c2 leaves sales: abandoned after 0s
c2 over: abandoned
withdraw o3 withdrawn
c3 leaves sales: abandoned after 0s
c3 over: abandoned

call c4 to sales
----
c4 enters sales
offer o4 c4 -> alice
pointer of sales: alice

refuse o4 486
----
o4 declined 486
offer o5 c4 -> bob   (alice: inGrace)
pointer of sales: bob
