# response-group.md §3, timeout.after: it fires on time, even while a phone rings, but not once joining has begun.

config groups/support serial alice bob agentAlertTime=20s
config queues/support groups=support timeout=30s:voicemail:sip:vm@example.com
call c1 to support
----
c1 enters support
offer o1 c1 -> alice

after 20s
----
at 20s
withdraw o1 missed
offer o2 c1 -> bob   (alice: justMissed)

after 10s
----
at 30s
withdraw o2 withdrawn
c1 leaves support: timedOut after 30s
forward c1 voicemail sip:vm@example.com

join c1 ; end c1 forwardHungUp
----
c1 talks to sip:vm@example.com
c1 over: forwarded

call c2 to support
accept o3
after 31s
----
c2 enters support
offer o3 c2 -> alice
connect c2 o3

join-failed c2 503
----
at 1m1s
o3 unreachable 503
c2 leaves support: timedOut after 31s
forward c2 voicemail sip:vm@example.com
