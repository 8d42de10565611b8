# response-group.md §2, roundRobin: the agent after the one offered last, wrapping; the pointer belongs to the group.

config groups/sales roundRobin alice bob carol
call c1 to sales

call c2 to sales

accept o1 ; join c1 ; end c1

call c3 to sales

abandon c2 ; abandon c3

call c4 to sales

refuse o4 486
