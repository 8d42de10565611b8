# response-group.md §1: not offered anything until it ends or the agent ends it; the group's wrap-up before the agent's.

config agents/alice wrapUp=30s
config groups/short serial alice wrapUp=5s
config groups/long serial alice
call c1 to short
accept o1 ; join c1 ; end c1

call c2 to long

after 5s

accept o2 ; join c2 ; end c2
call c3 to short

release alice

release alice
