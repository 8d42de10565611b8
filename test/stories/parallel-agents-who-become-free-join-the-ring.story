# Decision 001: each agent who joins gets a full alert time. A call that nobody took goes to the next group.

config agents/carol presence=http
config groups/first parallel alice carol agentAlertTime=10s
config groups/second serial dora
config queues/support groups=first,second
call c1 to support
----
c1 enters support
offer o1 c1 -> alice   (carol: offline)

after 6s ; presence carol available
----
at 6s
offer o2 c1 -> carol   (alice: ringing)

after 4s
----
at 10s
withdraw o1 missed

after 6s
----
at 16s
withdraw o2 missed
offer o3 c1 -> dora   first passed over (alice: justMissed, carol: justMissed)

after 20s
----
at 36s
withdraw o3 missed
offer o4 c1 -> alice
offer o5 c1 -> carol
