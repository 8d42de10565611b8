# response-group.md §2, longestIdle: longest in Available or Inactive without a break; ms resolution; ties in list order.

config agents/alice presence=http
config agents/bob presence=http
config groups/support longestIdle alice bob
presence alice available
after 1ms ; presence bob available
after 1s ; presence alice inactive
call c1 to support

accept o1 ; join c1 ; end c1

after 1s
call c2 to support

abandon c2 ; presence bob away ; presence bob available
call c3 to support
