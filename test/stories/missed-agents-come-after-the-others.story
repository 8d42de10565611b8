# response-group.md §3: alert time over: not again before the other eligible agents had their turn, and not within 5 s.

config groups/support serial alice bob agentAlertTime=10s
config groups/second serial carol agentAlertTime=10s
config queues/support groups=support,second
call c1 to support

after 10s

after 10s

after 10s

accept o4
