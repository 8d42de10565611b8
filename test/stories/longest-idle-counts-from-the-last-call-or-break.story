# response-group.md §2, longestIdle: longest in Available or Inactive without a break; ms resolution; ties in list order.

config agents/alice presence=http
config agents/bob presence=http
config groups/support longestIdle alice bob
presence alice available
after 1ms ; presence bob available
after 1s ; presence alice inactive
call c1 to support
----
at 1s1ms
c1 enters support
offer o1 c1 -> alice

accept o1 ; join c1 ; end c1
----
connect c1 o1
c1 leaves support: answered after 0s
c1 talks to alice
c1 over: answered

after 1s
call c2 to support
----
at 2s1ms
c2 enters support
offer o2 c2 -> bob

abandon c2 ; presence bob away ; presence bob available
call c3 to support
----
withdraw o2 withdrawn
c2 leaves support: abandoned after 0s
c2 over: abandoned
c3 enters support
offer o3 c3 -> alice
