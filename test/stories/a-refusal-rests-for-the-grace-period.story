# response-group.md §3: refused calls come back only after the ring-back grace, a missed one after 5 s, a fault after 30 s.

config groups/support serial alice
call c1 to support

refuse o1 486

after 59s

after 1s

after 20s

after 5s

refuse o3 503

call c2 to support

after 30s
