# response-group.md §3, timeout.after: fires on time, also while a phone rings; not once joining has begun.

config groups/support serial alice bob agentAlertTime=20s
config queues/support groups=support timeout=30s:voicemail:sip:vm@example.com
call c1 to support

after 20s

after 10s

join c1 ; end c1 forwardHungUp

call c2 to support
accept o3
after 31s

join-failed c2 500
